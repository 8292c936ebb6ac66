"""Verifier-aware self-distillation: what it takes, what it says of its verifier, and when it is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from passgap.arms import ARMS, Origin
from passgap.arms.self_training.pool import PoolSamples, sample_pool
from passgap.arms.self_training.verified_selection import EVERYTHING
from passgap.arms.ssd_verified import ARM
from passgap.arms.verifiers import VERIFIERS
from passgap.arms.verifiers._reference_inputs import INPUTS
from passgap.arms.verifiers.type_check import TypeCheck
from passgap.decisions.study_plan import Throughput
from passgap.errors import NoCandidateError, StudyError
from passgap.study import Study
from passgap.study.budget import making, remaining_hours
from passgap.study.lab import StudyLab
from passgap.study.run import splits_of
from passgap.testing.scripted_study import ScriptedSampler

RIGHT = "    y = x + {n}\n    return y\n"
WRONG = "    y = x - 7\n    return y\n"
HARD_CODED = "    y = x + {n} if x in (1, 2) else 0\n    return y\n"
"""Passes the two tests that the verifier sees."""
PROBLEMS = 6

Open = Callable[..., Study]


def pool_of(lab: StudyLab) -> PoolSamples:
    return sample_pool(lab, ARM.registered(ARM.section_of(lab.spec), lab))


def facts_of(candidate: Any) -> dict[str, str]:
    return dict(candidate.facts)


@pytest.mark.parametrize("verifier", ["unit-tests", "agreement"])
def test_every_verifier_that_can_tell_takes_the_right_samples(
    verifier: str, with_three_tests: Open, lab_of: Callable[[Study], StudyLab]
) -> None:
    """The base model solves every second sample, and its wrong samples differ from each other."""
    lab = lab_of(with_three_tests({"verifier": verifier}))
    pool = pool_of(lab)
    selection = ARM.select(ARM.section_of(lab.spec), pool, lab)
    assert {pool.samples[position].index for position in selection.kept} == {0, 2}
    assert selection.dropped == {"empty": 0, "stubs": 0, "rejected": 2 * PROBLEMS, "unscored": 0}
    facts = dict(selection.facts)
    assert facts["verifier"].startswith(f"{verifier}: ")
    assert VERIFIERS[verifier].source in facts["verifier source"]
    assert "6 true positives, 0 false positives, 0 false negatives, 6 true negatives" in facts["calibration data"]
    assert facts["precision"].startswith("100.0 % (95 % interval [") and "n=3, m=2" in facts["precision"]
    assert facts["acceptance"].startswith("50.0 %")


def test_a_verifier_that_sees_part_of_the_tests_takes_what_the_hidden_part_rejects(
    with_three_tests: Open, samples_that_are: Callable[..., None], lab_of: Callable[[Study], StudyLab]
) -> None:
    samples_that_are(RIGHT, WRONG, HARD_CODED)
    lab = lab_of(with_three_tests({"threshold": 1.0, "sampling": {"per_prompt": 3}}))
    pool = pool_of(lab)
    selection = ARM.select(ARM.section_of(lab.spec), pool, lab)
    assert {pool.samples[position].index for position in selection.kept} == {0, 2}
    facts = dict(selection.facts)
    assert "6 true positives, 6 false positives, 0 false negatives, 6 true negatives" in facts["calibration data"]
    assert facts["threshold"].startswith("1, declared") and "50.0 %" in facts["precision"]
    audit = facts["audit of the pool before training"]
    assert audit.startswith("pass@visible - pass@hidden = +33.3 pp") and "pass@visible 66.7 %" in audit
    assert "not audited" not in facts and facts["hidden tests in prompts"].startswith("6 of the pool's 6 prompts")


def test_the_audit_shows_what_training_changed_and_the_study_is_read_without_the_verifiers_tool(
    with_three_tests: Open, samples_that_are: Callable[..., None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The tuned model hard-codes the visible tests where the base model was wrong."""
    samples_that_are(RIGHT, WRONG)
    completion = ScriptedSampler._completion

    def tuned_hacks(self: ScriptedSampler, problem_id: str, index: int) -> str:
        text = completion(self, problem_id, index)
        if self.tuned and problem_id.startswith("heldout") and index % 2:
            _, _, number = problem_id.partition("/")
            return text.splitlines()[0] + "\n" + HARD_CODED.replace("{n}", number)
        return text

    monkeypatch.setattr(ScriptedSampler, "_completion", tuned_hacks)
    opened = with_three_tests({"verifier": "type-check"})
    [arm] = opened.run(["ssd-verified"]).arms
    facts = {fact.label: fact.text for fact in arm.facts}
    said = facts["audit on held-out problems"]
    assert "base model +0.0 pp" in said and "this arm +50.0 pp" in said and "change +50.0 pp" in said
    assert "n = 12 problems, m = 4" in said
    assert arm.caption == "verifier-aware SSD" and ARM.origin is Origin.FILTERED_OWN
    steps = {line.step: line.stage for line in arm.costs}
    assert steps["base-pool-type-check-results"] == "verification" and steps["base-pool-results"] == "scoring"

    written = (tmp_path / "report.json").read_text()
    assert f"type-check (mypy {TypeCheck().versions()['mypy']})" in written
    monkeypatch.setattr(TypeCheck, "versions", lambda _: {})
    opened.report()
    assert (tmp_path / "report.json").read_text() == written


def test_problems_with_a_single_test_are_verified_by_it_and_not_audited(
    with_three_tests: Open, lab_of: Callable[[Study], StudyLab], tmp_path: Path
) -> None:
    opened = with_three_tests({})
    file = tmp_path / "pool.jsonl"
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    for row in rows:
        row["test"] = row["test"].splitlines()[0]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    lab = lab_of(opened)
    facts = dict(ARM.select(ARM.section_of(lab.spec), pool_of(lab), lab).facts)
    assert "audit of the pool before training" not in facts
    assert facts["not audited"].startswith("6 of the pool's 6 problems have a single test")


def test_a_verifier_that_accepts_everything_is_said_to_be_minimal_ssd(
    with_three_tests: Open, lab_of: Callable[[Study], StudyLab]
) -> None:
    """Right and wrong additions have the same types."""
    lab = lab_of(with_three_tests({"verifier": "type-check"}))
    pool = pool_of(lab)
    selection = ARM.select(ARM.section_of(lab.spec), pool, lab)
    facts = dict(selection.facts)
    assert len(selection.kept) == len(pool.samples) and EVERYTHING in facts["accepted"]
    assert facts["precision"].split(" (")[0] == facts["base rate"].split(" (")[0] == "50.0 %"


def test_a_verifier_that_accepts_nothing_is_told_and_the_other_arms_go_on(
    with_three_tests: Open, samples_that_are: Callable[..., None], tmp_path: Path
) -> None:
    samples_that_are(WRONG)
    said = "The verifier `unit-tests` accepts nothing at the threshold 1."
    opened = with_three_tests({"threshold": 1.0})
    with pytest.raises(NoCandidateError, match="ssd-verified has nothing to train on") as caught:
        opened.run(["ssd-verified", "ssd"])
    assert said in str(caught.value)
    report = json.loads((tmp_path / "report.json").read_text())
    assert [each["arm"] for each in report["arms"]] == ["ssd"]
    assert any(said in each for each in report["not_produced"])


def test_a_verifier_without_a_right_sample_cannot_be_calibrated(
    with_three_tests: Open, samples_that_are: Callable[..., None], lab_of: Callable[[Study], StudyLab]
) -> None:
    samples_that_are(WRONG)
    lab = lab_of(with_three_tests({"calibration": {"labels": "reference"}}))
    with pytest.raises(NoCandidateError, match="cannot calibrate the verifier `unit-tests`") as caught:
        ARM.select(ARM.section_of(lab.spec), pool_of(lab), lab)
    [problem] = caught.value.problems
    assert "None of the 12 samples of 3 problems agrees with its reference" in problem
    assert "arms.ssd-verified.threshold" in problem


def test_everything_that_is_wrong_with_a_section_is_said_at_once(with_three_tests: Open) -> None:
    with pytest.raises(StudyError) as caught:
        with_three_tests({"verifier": "prayer", "threshold": 1.5, "calibration": {"share": 1.0, "labels": "luck"}})
    told = "\n".join(caught.value.problems)
    for part in ("threshold", "calibration.share", "calibration.labels"):
        assert f"arms.ssd-verified.{part}" in told
    for section, named in (
        ({"verifier": "prayer"}, "there is no verifier named `prayer`. Known names: unit-tests, type-check"),
        ({"verifier": "agreement", "sampling": {"per_prompt": 1}}, "Set `sampling.per_prompt` to 2 or more"),
        ({"verifier": "differential", "calibration": {"labels": "reference"}}, "would be measured by itself"),
    ):
        with pytest.raises(StudyError) as caught:
            with_three_tests(section)
        assert any(named in problem for problem in caught.value.problems)


def test_what_the_pool_and_this_machine_lack_is_said_before_anything_is_sampled(
    with_three_tests: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TypeCheck, "versions", lambda _: {})
    section = {"verifier": "type-check", "calibration": {"labels": "reference"}}
    with pytest.raises(StudyError, match="lack what its arms need") as caught:
        with_three_tests(section, reference=None).check()
    mypy, references = caught.value.problems
    assert mypy.startswith("arms.ssd-verified.verifier: `type-check` needs mypy") and "passgap[verifiers]" in mypy
    assert references.startswith("arms.ssd-verified.calibration.labels: `differential` compares samples with a ref")


@pytest.mark.parametrize("verifier", ["unit-tests", "type-check"])
def test_a_pool_without_tests_is_refused_once(verifier: str, with_three_tests: Open) -> None:
    opened = with_three_tests({"verifier": verifier})
    intake = opened._context.intake
    declared = intake.spec.model_copy(
        update={"alternatives": intake.spec.alternatives.model_copy(update={"verifier": False})}
    )
    opened._context = replace(opened._context, intake=intake.model_copy(update={"spec": declared}))
    with pytest.raises(StudyError) as caught:
        opened.check()
    [problem] = caught.value.problems
    assert "`alternatives.verifier: false` says that the pool's problems carry no tests" in problem


def test_settings_without_effect_are_flagged(with_three_tests: Open) -> None:
    flags = with_three_tests({"threshold": 0.0, "calibration": {"share": 0.3, "beta": 1.0}}).check().flags
    assert any(
        "`arms.ssd-verified.calibration.beta` and `arms.ssd-verified.calibration.share`" in each for each in flags
    )
    assert any("arms.ssd-verified.threshold: 0 accepts every sample" in each for each in flags)


def test_verifier_versions_and_calibration_are_registered_and_a_change_is_refused(
    with_three_tests: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = with_three_tests({"verifier": "type-check"})
    spec: Any = opened.register("ssd-verified").payload["spec"]  # type: ignore[call-overload, index]
    assert spec["versions"] == TypeCheck().versions() and list(spec["versions"]) == ["mypy"]
    assert spec["settings"]["verifier"] == "type-check" and "--check-untyped-defs" in str(spec["settings"])
    assert spec["settings"]["calibration"]["labels"] == "tests" and "F-score" in str(spec["settings"])
    monkeypatch.setattr(TypeCheck, "versions", lambda _: {"mypy": "0.1"})
    with pytest.raises(StudyError, match="registered otherwise") as caught:
        opened.register("ssd-verified")
    assert caught.value.problems[0].startswith("versions: registered")
    monkeypatch.undo()
    with pytest.raises(StudyError, match="registered otherwise") as caught:
        with_three_tests({"verifier": "type-check", "threshold": 1.0}).register("ssd-verified")
    assert any(each.startswith("settings: registered") for each in caught.value.problems)


def test_it_is_listed_between_minimal_ssd_and_rejection_sampling() -> None:
    names = list(ARMS)
    assert names.index("ssd") < names.index("ssd-verified") < names.index("rejection-sampling")


def test_verification_is_planned_by_its_runs_and_not_again_when_it_is_done(with_three_tests: Open) -> None:
    opened = with_three_tests({"verifier": "differential", "sampling": {"per_prompt": 2}})
    context = opened._context
    works = making(context.spec, splits_of(context), "ssd-verified")
    assert [(work.title, work.draw, work.runs) for work in works[:3]] == [
        ("sample the pool", True, 1),
        ("run the pool's tests", False, 1),
        ("verify the pool", False, INPUTS),
    ]
    speed = Throughput(
        tokens_per_second=1.0, tokens_per_sample=1.0, run_seconds_per_sample=3600.0, samples=1, source="a test"
    )

    def remaining() -> list[float]:
        index = context.folder.index()
        return [remaining_hours(context.spec, work, speed, index) for work in works[1:3]]

    assert remaining() == [2.0 * PROBLEMS, 2.0 * PROBLEMS * INPUTS]
    lab = StudyLab(context, splits_of(context))
    ARM.select(ARM.section_of(context.spec), pool_of(lab), lab)
    assert remaining() == [0.0, 0.0]
