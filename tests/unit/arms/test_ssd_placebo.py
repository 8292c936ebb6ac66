"""The placebo arms: what they draw, what they share with the arm that they are of, and when they are refused."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from passgap.arms import ARMS, Origin
from passgap.arms.placebo import PlaceboArm
from passgap.arms.self_training.pool import PoolSamples, sample_pool
from passgap.arms.ssd_placebo import ARM as PLACEBO
from passgap.arms.ssd_placebo_ended import ARM as ENDED
from passgap.arms.ssd_verified import ARM as VERIFIED
from passgap.errors import StudyError
from passgap.records import FinishReason
from passgap.study import Study
from passgap.study.checking import parse_study
from passgap.study.lab import StudyLab
from passgap.testing.scripted_study import ScriptedSampler, open_scripted_study, study_text

VERIFYING = {"sampling": {"per_prompt": 4}, "threshold": 1.0}


@pytest.fixture
def lab(tmp_path: Path, lab_of: Callable[[Study], StudyLab]) -> StudyLab:
    arms = {"ssd-verified": VERIFYING, "ssd-placebo": {}, "ssd-placebo-ended": {"strata": "problem"}}
    return lab_of(open_scripted_study(tmp_path, arms, Counter()))


@pytest.fixture
def cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last of each problem's samples is cut at the token limit. It is wrong, and so is the second."""
    original = ScriptedSampler.sample

    def sample(self: ScriptedSampler, *arguments: Any, **named: Any) -> Any:
        for each in original(self, *arguments, **named):
            yield each.model_copy(update={"finish_reason": FinishReason.LENGTH}) if each.index == 3 else each

    monkeypatch.setattr(ScriptedSampler, "sample", sample)


def pool_of(lab: StudyLab) -> PoolSamples:
    return sample_pool(lab, VERIFIED.registered(VERIFIED.section_of(lab.spec), lab))


def test_it_draws_as_many_as_are_verified_within_each_stratum_whatever_they_are(lab: StudyLab) -> None:
    pool = pool_of(lab)
    verified = VERIFIED.select(VERIFIED.section_of(lab.spec), pool, lab)
    drawn = PLACEBO.select(PLACEBO.section_of(lab.spec), pool, lab)
    assert len(drawn.kept) == len(verified.kept) == len(pool.samples) / 2
    assert set(drawn.kept) != set(verified.kept) and set(drawn.kept) & set(verified.kept)
    difficulty = {name: each.difficulty for name, each in pool.problems.items()}
    taken = [Counter(difficulty[pool.samples[at].problem_id] for at in each.kept) for each in (verified, drawn)]
    assert taken[0] == taken[1]
    assert drawn.costs == verified.costs, "the verifier is paid for: without it, nobody knows how many to draw"
    facts = dict(drawn.facts)
    assert facts["placebo of"].startswith("ssd-verified: 12 of 24 samples") and "50 %" in facts["placebo of"]
    assert "against" in facts["matched tokens"] and "among those that ssd-verified takes" in facts["drawn all the same"]
    assert drawn.dropped == {"empty": 0, "stubs": 0, "left_out_at_random": 12}


@pytest.mark.usefixtures("cut")
def test_the_second_placebo_ends_as_the_verified_samples_do(lab: StudyLab) -> None:
    pool = pool_of(lab)
    plain = PLACEBO.select(PLACEBO.section_of(lab.spec), pool, lab)
    ended = ENDED.select(ENDED.section_of(lab.spec), pool, lab)
    assert any(pool.samples[at].finish_reason is FinishReason.LENGTH for at in plain.kept)
    assert not any(pool.samples[at].finish_reason is FinishReason.LENGTH for at in ended.kept)
    by_problem = Counter(pool.samples[at].problem_id for at in ended.kept)
    assert set(by_problem.values()) == {2}, "its strata are problems"
    assert dict(ended.facts)["ended by themselves"] == "12 of 12, against 12 of 12 of ssd-verified"


def test_its_data_are_neither_raw_nor_filtered_and_no_caption_calls_it_ssd() -> None:
    for arm in (PLACEBO, ENDED):
        assert arm.origin is Origin.THINNED_OWN and "ssd" not in arm.caption.lower()
        assert arm.trains and arm.preregistered


def test_it_registers_the_recipe_of_the_other_arm_with_its_own_selection(lab: StudyLab) -> None:
    section = VERIFIED.section_of(lab.spec)
    verified, placebo = VERIFIED.registered(section, lab), PLACEBO.registered(PLACEBO.section_of(lab.spec), lab)
    assert (placebo.sampling, placebo.training) == (verified.sampling, verified.training)
    assert placebo.selection is not None and "drawn at random within each difficulty" in placebo.selection
    assert placebo.settings["ssd-verified"] == verified.settings
    assert placebo.settings["strata"] == "difficulty" and placebo.settings["ends_alike"] is False


def refused(arms: dict[str, Any]) -> str:
    with pytest.raises(StudyError) as caught:
        parse_study(study_text(arms))
    return "\n".join(caught.value.problems)


def test_it_is_refused_without_an_arm_whose_selection_it_replaces() -> None:
    alone = refused({"ssd-placebo": {}})
    assert "arms.ssd-placebo.of" in alone and "does not declare `ssd-verified`" in alone
    raw = refused({"ssd-placebo": {"of": "ssd"}})
    assert "`ssd` is no arm that trains on filtered own samples" in raw and "`rejection-sampling`" in raw
    itself = refused({"ssd-placebo": {"of": "ssd-placebo-ended"}, "ssd-placebo-ended": {}, "ssd-verified": {}})
    assert "arms.ssd-placebo.of" in itself


def test_it_can_be_the_placebo_of_any_arm_that_filters() -> None:
    spec = parse_study(study_text({"rejection-sampling": {}, "ssd-placebo": {"of": "rejection-sampling"}})).spec
    control = PLACEBO.control_for(PLACEBO.section_of(spec))
    assert control is not None and control.of == "rejection-sampling"


def test_other_seeds_than_those_of_the_other_arm_are_flagged() -> None:
    intake = parse_study(study_text({"ssd-verified": {"seeds": [1, 2]}, "ssd-placebo": {"seeds": [1]}}))
    assert any("arms.ssd-placebo.seeds" in flag for flag in intake.flags)
    same = parse_study(study_text({"ssd-verified": {"seeds": [1, 2]}, "ssd-placebo": {"seeds": [1, 2]}}))
    assert not any("arms.ssd-placebo.seeds" in flag for flag in same.flags)


def test_every_placebo_says_the_same_of_what_a_lift_is_made_of() -> None:
    sections = {arm.name: arm.Section() for arm in ARMS.values() if isinstance(arm, PlaceboArm)}
    found = [ARMS[name].control_for(section) for name, section in sections.items()]
    assert {each.causes for each in found if each} == {("dose", "stopping", "verification")}
    assert [each.shared for each in found if each] == [("dose",), ("dose", "stopping")]


def test_the_lift_of_a_verified_arm_is_split_in_its_report(tmp_path: Path) -> None:
    arms = {"ssd-verified": VERIFYING, "ssd-placebo": {}, "ssd-placebo-ended": {}}
    study = open_scripted_study(tmp_path, arms, Counter())
    study.run(list(arms))
    report = json.loads((tmp_path / "report.json").read_text())
    by_arm = {each["arm"]: each for each in report["arms"]}
    parts = by_arm["ssd-verified"]["split"]["parts"]
    assert [(each["minus"], each["arm"], each["causes"]) for each in parts] == [
        ("base", "ssd-placebo", ["dose"]),
        ("ssd-placebo", "ssd-placebo-ended", ["stopping"]),
        ("ssd-placebo-ended", "ssd-verified", ["verification"]),
    ]
    whole = by_arm["ssd-verified"]["split"]["whole"]["value"]
    assert sum(each["delta"]["value"] for each in parts) == pytest.approx(whole)
    assert all(each["delta"]["low"] <= each["delta"]["value"] <= each["delta"]["high"] for each in parts)
    assert "split" not in by_arm["ssd-placebo"] and "split" not in by_arm["ssd-placebo-ended"]
    costs = {each["arm"]: each for each in report["comparison"]["costs"]}
    assert costs["ssd-placebo"]["marginal"] < costs["ssd-placebo"]["standalone"]["hours"], "the pool is shared"
    text = (tmp_path / "report.html").read_text()  # the Markdown of a pull request may leave it out
    assert "Causes of the lift of verifier-aware SSD" in text and "dose" in text and "Holm" in text
