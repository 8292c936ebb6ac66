"""An arm with several seeds is carried out once for each, and the report holds all of them."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from passgap.errors import StudyError
from passgap.records import Estimate
from passgap.report import render_html, render_markdown
from passgap.store import select
from passgap.study import Study
from passgap.study.checking import parse_study
from passgap.study.repetitions import repetitions_of, works_of
from passgap.testing.scripted_study import DECLARED, HELDOUT, POOL, ScriptedTrainer, open_scripted_study, study_text

SEEDS = {"ssd": {"seeds": [1, 2, 3], "sampling": {"per_prompt": 2}}}


def opened(folder: Path, arms: dict[str, Any], drawn: Counter[str] | None = None) -> Study:
    return open_scripted_study(folder, arms, Counter() if drawn is None else drawn)


def names(study: Study) -> list[str]:
    return [entry.name for entry in study.folder.index() if entry.complete]


@pytest.fixture(scope="module")
def repeated(tmp_path_factory: pytest.TempPathFactory) -> Study:
    study = opened(tmp_path_factory.mktemp("repeated"), SEEDS)
    study.run(["ssd"])
    return study


def test_each_seed_samples_the_pool_trains_and_is_measured(repeated: Study) -> None:
    found = Counter(names(repeated))
    assert found["base-pool-samples"] == 3
    for label in ("ssd", "ssd-seed-2", "ssd-seed-3"):
        for stage in ("model", "heldout-samples", "heldout-results", "probes-samples"):
            assert found[f"{label}-{stage}"] == 1, (label, stage)
    index = repeated.folder.index()
    assert [entry.value("seed") for entry in select(index, "base-pool-samples")] == [1, 2, 3]
    assert [select(index, f"ssd{end}-model")[0].value("seed") for end in ("", "-seed-2", "-seed-3")] == [1, 2, 3]
    evaluated = [select(index, f"{name}-heldout-samples")[0] for name in ("base", "ssd", "ssd-seed-3")]
    assert {entry.value("seed") for entry in evaluated} == {DECLARED["seed"]}, "evaluation has the study's seed"


def test_one_registration_lists_every_seed_before_any_is_trained(repeated: Study) -> None:
    [entry] = repeated.folder.ledger.of_kind("pre-registration")
    assert isinstance(entry.payload, dict)
    assert entry.payload["spec"]["seeds"] == [1, 2, 3]  # type: ignore[index,call-overload]
    models = [each for each in repeated.folder.index() if each.kind == "model"]
    assert {each.value("registration") for each in models} == {entry.hash}


def test_a_seed_that_is_added_after_the_registration_is_refused(repeated: Study) -> None:
    more = {"ssd": {**SEEDS["ssd"], "seeds": [1, 2, 3, 4]}}
    with pytest.raises(StudyError, match="registered otherwise"):
        opened(repeated.folder.path, more).register("ssd")


def test_the_report_shows_every_seed_and_the_spread(repeated: Study) -> None:
    report = repeated.report()
    [arm] = report.arms
    assert arm.seeds is not None
    assert [line.seed for line in arm.seeds.lines] == [1, 2, 3]
    delta = arm.comparison.delta.overall["pass@1"]
    assert isinstance(delta, Estimate) and "3 seeds" in delta.method
    assert isinstance(arm.seeds.spread, Estimate)
    assert arm.truncated.n == HELDOUT and arm.truncated.m == 3 * DECLARED["diagnostics"]["samples"]
    assert all("seeds" in outcome.note for outcome in arm.battery.outcomes)
    for text in (render_markdown(report), render_html(report)):
        assert "Seeds of minimal SSD" in text and "Standard deviation of the change of pass@1 between seeds" in text
    steps = [line.step for line in arm.costs]
    assert len(steps) == len(set(steps) | {"base-pool-samples"}) + 2, "the cost of all three seeds"


def test_a_study_without_seeds_says_nothing_of_them(tmp_path: Path) -> None:
    study = opened(tmp_path, {"ssd": {}})
    report = study.run(["ssd"])
    assert report.arms[0].seeds is None and "seeds" not in json.loads(report.model_dump_json())["arms"][0]
    [entry] = study.folder.ledger.of_kind("pre-registration")
    assert isinstance(entry.payload, dict) and "seeds" not in entry.payload["spec"]  # type: ignore[operator]
    assert not [name for name in names(study) if "seed" in name]
    declared = parse_study(study_text({"ssd": {"seeds": []}})).spec
    assert declared.digest == parse_study(study_text({})).spec.digest


def test_a_run_that_is_killed_between_seeds_goes_on_with_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: Counter[str] = Counter()
    trained: list[str] = []
    plain = ScriptedTrainer.train

    def train(self: ScriptedTrainer, job: Any, **rest: Any) -> Any:
        if len(trained) == 1:
            raise KeyboardInterrupt
        trained.append(job.output.name)
        return plain(self, job, **rest)

    monkeypatch.setattr(ScriptedTrainer, "train", train)
    with pytest.raises(KeyboardInterrupt):
        opened(tmp_path, SEEDS, drawn).run(["ssd"])
    assert "ssd-heldout-results" in names(opened(tmp_path, SEEDS))
    begun = opened(tmp_path, SEEDS).report()
    assert begun.arms == (), "an arm is reported when all of its seeds are measured"
    assert any("`ssd` is measured with 1 of its 3 seeds" in each for each in begun.not_produced)
    monkeypatch.setattr(ScriptedTrainer, "train", plain)
    before = Counter(drawn)
    report = opened(tmp_path, SEEDS, drawn).run(["ssd"])
    assert len(report.arms) == 1
    new = drawn - before
    # the second seed's pool was sampled before the kill, the third's was not; two tuned models are evaluated
    assert {key.split("/")[0] for key in new} >= {"heldout", "pool"}
    assert sum(count for key, count in new.items() if key.startswith("pool/")) == POOL * 2
    assert sum(count for key, count in new.items() if key.startswith("heldout/")) == HELDOUT * 4 * 2
    assert len(opened(tmp_path, SEEDS).report().arms) == 1


def test_fewer_samples_are_declared_and_samples_of_one_seed_are_shared(tmp_path: Path) -> None:
    arms = {
        "ssd": {"seeds": [1, 2], "heldout_samples": 2, "sampling": {"per_prompt": 2}},
        "rejection-sampling": {"seeds": [2], "heldout_samples": 2, "sampling": {"per_prompt": 2}},
    }
    study = opened(tmp_path, arms)
    report = study.run(["ssd", "rejection-sampling"])
    assert [entry.value("seed") for entry in select(study.folder.index(), "base-pool-samples")] == [1, 2]
    single = report.arms[1].seeds
    assert single is not None and "about this one checkpoint" in single.summary
    assert single.summary in render_markdown(report)
    samples = select(study.folder.index(), "ssd-seed-2-heldout-samples")
    assert samples[0].value("per_prompt") == 2
    delta = report.arms[0].comparison.delta.overall
    assert isinstance(delta["pass@1"], Estimate) and not isinstance(delta["pass@4"], Estimate)
    entry = study.folder.ledger.of_kind("pre-registration")[0]
    assert entry.payload["spec"]["samples_per_problem"] == 2  # type: ignore[index,call-overload]
    declared = {**DECLARED, "arms": {"ssd": {"heldout_samples": 5}}}
    with pytest.raises(StudyError) as caught:
        parse_study(yaml.safe_dump(declared))
    assert any("arms.ssd.heldout_samples" in problem for problem in caught.value.problems)
    flags = parse_study(study_text({"ssd": {"heldout_samples": 2}})).flags
    assert any("pass@4" in flag for flag in flags)


@pytest.mark.parametrize("seeds", [[1, 1], [-1], ["one"]])
def test_seeds_that_are_none_are_refused_by_their_place(seeds: list[Any]) -> None:
    with pytest.raises(StudyError) as caught:
        parse_study(study_text({"ssd": {"seeds": seeds}}))
    assert any("arms.ssd.seeds" in problem for problem in caught.value.problems)


def test_the_plan_counts_every_seed(tmp_path: Path) -> None:
    once = parse_study(study_text({"ssd": {}})).spec
    thrice = parse_study(study_text({"ssd": {"seeds": [1, 2, 3]}})).spec
    works = works_of(once, "ssd", HELDOUT, POOL), works_of(thrice, "ssd", HELDOUT, POOL)
    assert len(works[1]) == 3 * len(works[0])
    assert [work.name for work in works[1] if work.seen] == ["ssd", "ssd-seed-2", "ssd-seed-3"]
    assert len({json.dumps(dict(work.made_from)) for work in works[1] if not work.seen}) == 3
    assert [each.seed for each in repetitions_of(once, "ssd")] == [DECLARED["seed"]]
    plan = opened(tmp_path, SEEDS).plan()
    assert sum(step.name.startswith("fine-tune") for step in plan.steps) == 3
