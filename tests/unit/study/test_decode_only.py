"""The decode-only control from its declaration to the report: what is drawn, chosen, read by the verdict and shown."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from passgap.decisions import DecodingChoice, SelectionMethod
from passgap.errors import EngineError, StudyError
from passgap.estimates import plan_looks
from passgap.ports import Progress
from passgap.probes import PROBES
from passgap.records import Estimate, ExecutionJob, ExecutionResult, Insufficient, Outcome, OutcomeKind
from passgap.report import StudyReport, render_html, render_markdown
from passgap.store import StudyFolder

from .conftest import PROBLEMS, SWEEP, OpenStudy, ScriptedModel

PRODUCTION = "temperature 0.8, top-k off, top-p 1"
COOLER = "temperature 0.4, top-k off, top-p 1"


def entries(folder: Path, kind: str) -> list[Any]:
    return [entry.payload for entry in StudyFolder(folder).ledger.of_kind(kind)]


def test_every_setting_is_sampled_once_and_the_verdict_reads_the_lift_of_the_best(
    open_scripted: OpenStudy, model: ScriptedModel, folder: Path
) -> None:
    judged = open_scripted().verdict()
    expected = {("held", PRODUCTION): 4 * PROBLEMS, ("held", "greedy"): PROBLEMS, ("held", COOLER): 2 * PROBLEMS}
    assert model.drawn == expected
    choice = judged.decode_only
    assert isinstance(choice, DecodingChoice)
    assert (choice.chosen, choice.production, choice.method) == ("greedy", PRODUCTION, SelectionMethod.CROSS_FIT)
    assert isinstance(choice.lift.delta, Estimate) and choice.lift.delta.n == PROBLEMS
    assert choice.lift.delta.value == pytest.approx(9 / 12 - 1 / 48) and choice.lift.delta.low > 0
    assert any("decode-only" in reason for reason in judged.verdict.reasons)
    assert any(row.input == "lift of decoding alone" for row in judged.verdict.sensitivity)
    assert judged.verdict.verdict == "MEASURE-MORE"
    [declared] = entries(folder, "declaration")
    assert declared["decode_only"]["temperatures"] == [0, 0.4]
    [recorded] = entries(folder, "verdict")
    assert recorded["decode_only"]["chosen"] == "greedy"
    assert set(recorded["decode_only"]["results"]) == {PRODUCTION, "greedy", COOLER}

    assert open_scripted().verdict() == judged
    assert model.drawn == expected and len(entries(folder, "verdict")) == 1


def test_the_report_shows_the_choice_with_slices_battery_cost_and_baseline(
    open_scripted: OpenStudy, model: ScriptedModel, folder: Path
) -> None:
    report = open_scripted().run(["decode-only"])
    control = report.decode_only
    assert control is not None and report.arms == ()
    assert control.comparison.delta.overall["pass@1"] == control.choice.lift.delta
    assert set(control.comparison.delta.slices) == {"easy", "hard"}
    outcomes = {each.probe: each for each in control.battery.outcomes}
    assert len(outcomes) == len(PROBES)
    assert outcomes["length"].drift.n == PROBLEMS
    assert outcomes["self-bleu"].status == "insufficient"  # one greedy sample has nothing to be alike to
    assert model.drawn["safety", "greedy"] == model.drawn["safety", PRODUCTION] > 0
    assert {line.arm for line in control.costs} == {"decode-only"}
    assert control.truncated.m == 1
    assert [line.stage for line in control.costs] == ["sampling", "scoring", "sampling", "scoring", *["probes"] * 2]
    assert sum(line.samples for line in control.costs if line.stage == "sampling") == 3 * PROBLEMS
    [row] = control.pareto.rows
    assert row.baseline == "base" and row.relation == "trade-off"
    assert not any("decode-only" in text or "comparator" in text for text in report.not_produced)
    for text in (render_markdown(report), render_html(report).replace("\N{NO-BREAK SPACE}", " ")):
        assert "Decode-only control: greedy" in text and control.choice.summary in text
        assert "optimistic" in text and "chosen decoding - production decoding" in text
    assert json.loads((folder / "report.json").read_text())["decode_only"]["choice"]["chosen"] == "greedy"

    before, drawn = (folder / "report.json").read_text(), model.drawn.copy()
    open_scripted().report()
    assert (folder / "report.json").read_text() == before and model.drawn == drawn
    assert StudyReport.model_validate_json(before).decode_only == control


def test_a_sweep_that_was_broken_off_goes_on_where_it_was(
    open_scripted: OpenStudy, model: ScriptedModel, folder: Path
) -> None:
    model.breaks_after = 5 * PROBLEMS + 3  # base and greedy are drawn, three samples of the next setting as well
    with pytest.raises(EngineError, match="died"):
        open_scripted().verdict()
    model.breaks_after = None
    with pytest.raises(StudyError, match="not on disk"):
        open_scripted().report()
    open_scripted().verdict()
    assert model.drawn["held", PRODUCTION] == 4 * PROBLEMS and model.drawn["held", "greedy"] == PROBLEMS
    assert model.drawn["held", COOLER] == 3 + 2 * PROBLEMS
    samples = list((folder / "artifacts").glob("decode-only-greedy-heldout-samples-*"))
    assert len(samples) == 1


@pytest.mark.parametrize("further", ["", "decode_only: {temperatures: [0, 0.4], samples: 3}\n"])
def test_a_sweep_is_not_changed_or_dropped_after_looking(
    open_scripted: OpenStudy, further: str, model: ScriptedModel
) -> None:
    open_scripted().sample("base")
    drawn = model.drawn.copy()
    with pytest.raises(StudyError, match="changed after it was declared") as caught:
        open_scripted(further).verdict()
    assert [problem.split(":")[0] for problem in caught.value.problems[:-1]] == ["decode_only"]
    assert model.drawn == drawn


def test_a_folder_that_was_declared_before_sweeps_existed_is_still_read(open_scripted: OpenStudy, folder: Path) -> None:
    open_scripted("").sample("base")
    ledger = StudyFolder(folder).ledger
    [declared] = entries(folder, "declaration")
    assert declared.pop("decode_only") is None
    ledger.path.unlink()
    ledger.append("declaration", declared, who="a test", time=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    assert open_scripted("").verdict().decode_only is None
    with pytest.raises(StudyError, match="changed after it was declared"):
        open_scripted(SWEEP).verdict()


def test_the_control_is_nothing_to_train_and_nothing_without_a_sweep(
    open_scripted: OpenStudy, model: ScriptedModel
) -> None:
    study = open_scripted("")
    for refused in (study.register, study.train):
        with pytest.raises(StudyError, match="decode-only arm trains nothing"):
            refused("decode-only")
    with pytest.raises(StudyError, match="declares no decode-only sweep"):
        study.sample("decode-only")
    with pytest.raises(StudyError, match="declares no decode-only sweep"):
        study.run(["decode-only"])
    with pytest.raises(StudyError, match="declares no decode-only sweep"):
        study.evaluate("decode-only")
    assert not model.drawn
    assert any("declares no `decode_only` sweep" in text for text in study.run([]).not_produced)


def test_the_control_has_no_one_set_of_samples(open_scripted: OpenStudy) -> None:
    with pytest.raises(StudyError, match="evaluate") as caught:
        open_scripted().sample("decode-only")
    assert "several settings" in caught.value.summary


def test_evaluating_the_arm_gives_the_choice_on_problems_that_it_was_not_made_on(open_scripted: OpenStudy) -> None:
    table = open_scripted().evaluate("decode-only")
    single = table.overall["pass@1"]
    assert isinstance(single, Estimate) and (single.value, single.n, single.level) == (0.75, PROBLEMS, 0.9857)
    assert set(table.overall) == {"pass@1"}  # one greedy sample gives no other k


def test_with_looks_the_sweep_runs_once_on_the_problems_of_the_last_one(
    open_scripted: OpenStudy, model: ScriptedModel
) -> None:
    # Hardly any problem is solved, so the first look shows that the gap is below 60 pp.
    looks = f"{SWEEP}thresholds: {{looks: [10, 12], gap: 0.5}}\n"
    judged = open_scripted(looks).verdict()
    assert judged.verdict.look is not None and judged.verdict.look.problems == 10
    assert model.drawn["held", "greedy"] == 10
    assert isinstance(judged.decode_only, DecodingChoice)
    assert judged.decode_only.test.n == 10
    assert isinstance(judged.decode_only.test, Estimate)
    assert judged.decode_only.test.level == SelectionMethod.CROSS_FIT.level(plan_looks([10, 12]).level_each)
    assert judged.decode_only.test.level > SelectionMethod.CROSS_FIT.level(0.95)


class DeadSandbox:
    """A sandbox that can score nothing."""

    devices = 1

    def run(
        self, jobs: Iterable[ExecutionJob], *, ordered: bool = False, progress: Progress | None = None
    ) -> Iterator[ExecutionResult]:
        del ordered, progress
        for job in jobs:
            outcome = Outcome(kind=OutcomeKind.UNSCORED, reason="the disk is full", seconds=0.0)
            yield ExecutionResult(key=job.key, outcome=outcome)

    def close(self) -> None:
        pass


def test_where_nothing_could_be_scored_nothing_is_chosen_and_the_report_says_so(open_scripted: OpenStudy) -> None:
    report = open_scripted(SWEEP, DeadSandbox).run(["decode-only"])
    assert report.decode_only is None
    assert any("the decode-only control chose nothing: 0 of 12 problems" in text for text in report.not_produced)
    study = open_scripted(SWEEP, DeadSandbox)
    assert isinstance(study.verdict().decode_only, Insufficient)
    with pytest.raises(StudyError, match="no decoding could be chosen"):
        study.evaluate("decode-only")


def test_the_plan_prices_the_sweep(open_scripted: OpenStudy) -> None:
    steps = {step.name: step for step in open_scripted().plan().steps}
    swept = steps["sweep decoding on the base model"]
    assert swept.price.samples == 3 * PROBLEMS and swept.part == "evaluation"
    assert steps["ask the battery's prompts at the chosen decoding"].price.hours > 0
    assert len(steps) == 9
