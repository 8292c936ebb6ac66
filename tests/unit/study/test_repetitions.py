"""An arm with several seeds is carried out once for each, and the report holds all of them."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from passgap.errors import StudyError
from passgap.records import Estimate
from passgap.report import StudyReport, render_html, render_markdown
from passgap.store import select
from passgap.study import Study
from passgap.study.checking import parse_study
from passgap.study.repetitions import repetitions_of, works_of
from passgap.testing.scripted_study import DECLARED, HELDOUT, POOL, ScriptedTrainer, open_scripted_study, study_text

ARMS: dict[str, Any] = {
    "ssd": {"seeds": [1, 2, 3], "sampling": {"per_prompt": 2}},
    "rejection-sampling": {"seeds": [2], "heldout_samples": 2, "sampling": {"per_prompt": 2}},
}


def opened(folder: Path, arms: dict[str, Any] | None = None, drawn: Counter[str] | None = None) -> Study:
    return open_scripted_study(folder, ARMS if arms is None else arms, Counter() if drawn is None else drawn)


def names(study: Study) -> list[str]:
    return [entry.name for entry in study.folder.index() if entry.complete]


@dataclass(frozen=True)
class Killed:
    """A study whose first run was killed after the first seed of an arm, and that was run to its end then."""

    study: Study
    before: StudyReport
    """The report that is possible after the kill."""
    drawn: Counter[str]
    """Samples that the arm drew after it."""


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Killed:
    folder, drawn, trained = tmp_path_factory.mktemp("repeated"), Counter[str](), []
    plain = ScriptedTrainer.train

    def train(self: ScriptedTrainer, job: Any, **rest: Any) -> Any:
        if trained:
            raise KeyboardInterrupt
        trained.append(job)
        return plain(self, job, **rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ScriptedTrainer, "train", train)
        with pytest.raises(KeyboardInterrupt):
            opened(folder, drawn=drawn).run(["ssd"])
    before, report = Counter(drawn), opened(folder).report()
    opened(folder, drawn=drawn).run(["ssd"])
    further = drawn - before
    study = opened(folder, drawn=drawn)
    study.run(["ssd", "rejection-sampling"])
    return Killed(study, report, further)


@pytest.fixture(scope="module")
def repeated(killed: Killed) -> Study:
    return killed.study


@pytest.fixture(scope="module")
def report(repeated: Study) -> StudyReport:
    return repeated.report()


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
    entry, other = repeated.folder.ledger.of_kind("pre-registration")
    assert isinstance(entry.payload, dict) and isinstance(other.payload, dict)
    assert entry.payload["spec"]["seeds"] == [1, 2, 3]  # type: ignore[index,call-overload]
    assert other.payload["spec"]["samples_per_problem"] == 2  # type: ignore[index,call-overload]
    models = select(repeated.folder.index(), kind="model")
    assert [each.value("registration") for each in models] == [*[entry.hash] * 3, other.hash]


def test_a_seed_that_is_added_after_the_registration_is_refused(repeated: Study) -> None:
    more = {**ARMS, "ssd": {**ARMS["ssd"], "seeds": [1, 2, 3, 4]}}
    with pytest.raises(StudyError, match="registered otherwise"):
        opened(repeated.folder.path, more).register("ssd")


def test_the_report_shows_every_seed_and_the_spread(report: StudyReport) -> None:
    arm, other = report.arms
    assert arm.seeds is not None and other.seeds is not None
    assert [line.seed for line in arm.seeds.lines] == [1, 2, 3]
    delta = arm.comparison.delta.overall["pass@1"]
    assert isinstance(delta, Estimate) and "3 seeds" in delta.method
    assert isinstance(arm.seeds.spread, Estimate)
    assert arm.truncated.n == HELDOUT and arm.truncated.m == 3 * DECLARED["diagnostics"]["samples"]
    assert all("seeds" in outcome.note for outcome in arm.battery.outcomes)
    markdown = render_markdown(report)
    for text in (markdown, render_html(report)):
        assert "Seeds of minimal SSD" in text and "Standard deviation of the change of pass@1 between seeds" in text
    assert "about this one checkpoint" in other.seeds.summary and other.seeds.summary in markdown
    steps = [line.step for line in arm.costs]
    assert len(steps) == len(set(steps)) + 2, "the cost of all three seeds, with the pool's samples of each"


def test_fewer_samples_of_each_problem_are_drawn_where_that_is_declared(repeated: Study, report: StudyReport) -> None:
    samples = select(repeated.folder.index(), "rejection-sampling-heldout-samples")
    assert samples[0].value("per_prompt") == 2
    delta = report.arms[1].comparison.delta.overall
    assert isinstance(delta["pass@1"], Estimate) and not isinstance(delta["pass@4"], Estimate)
    declared = {**DECLARED, "arms": {"ssd": {"heldout_samples": 5}}}
    with pytest.raises(StudyError) as caught:
        parse_study(yaml.safe_dump(declared))
    assert any("arms.ssd.heldout_samples" in problem for problem in caught.value.problems)
    flags = parse_study(study_text({"ssd": {"heldout_samples": 2}})).flags
    assert any("pass@4" in flag for flag in flags)


def test_a_run_that_is_killed_between_seeds_goes_on_with_the_next(killed: Killed) -> None:
    assert killed.before.arms == (), "an arm is reported when all of its seeds are measured"
    assert any("`ssd` is measured with 1 of its 3 seeds" in each for each in killed.before.not_produced)
    # the second seed's pool was sampled before the kill, the third's was not; two tuned models are evaluated
    by_set = Counter({key.split("/")[0]: 0 for key in killed.drawn})
    for key, count in killed.drawn.items():
        by_set[key.split("/")[0]] += count
    assert by_set["pool"] == POOL * 2 and by_set["heldout"] == HELDOUT * 4 * 2


def test_a_study_without_seeds_says_nothing_of_them(tmp_path: Path) -> None:
    study = opened(tmp_path, {"ssd": {}})
    entry = study.register("ssd")
    assert isinstance(entry.payload, dict) and "seeds" not in entry.payload["spec"]  # type: ignore[operator]
    declared = parse_study(study_text({"ssd": {"seeds": []}})).spec
    assert declared.digest == parse_study(study_text({})).spec.digest


@pytest.mark.parametrize("seeds", [[1, 1], [-1], ["one"]])
def test_seeds_that_are_none_are_refused_by_their_place(seeds: list[Any]) -> None:
    with pytest.raises(StudyError) as caught:
        parse_study(study_text({"ssd": {"seeds": seeds}}))
    assert any("arms.ssd.seeds" in problem for problem in caught.value.problems)


def test_the_work_of_every_seed_is_counted() -> None:
    once = parse_study(study_text({"ssd": {}})).spec
    thrice = parse_study(study_text({"ssd": {"seeds": [1, 2, 3]}})).spec
    works = works_of(once, "ssd", HELDOUT, POOL), works_of(thrice, "ssd", HELDOUT, POOL)
    assert len(works[1]) == 3 * len(works[0])
    assert [work.name for work in works[1] if work.seen] == ["ssd", "ssd-seed-2", "ssd-seed-3"]
    assert len({json.dumps(dict(work.made_from)) for work in works[1] if not work.seen}) == 3
    assert [each.seed for each in repetitions_of(once, "ssd")] == [DECLARED["seed"]]
