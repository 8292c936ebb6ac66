"""All arms of a study on one ledger: their costs, their claims taken together, and the best of them."""

from __future__ import annotations

import json
import math
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from passgap.decisions import ArmChoice
from passgap.errors import EngineError
from passgap.report import StudyReport, render_html, render_markdown
from passgap.report.comparison import ArmCost, ArmsComparison
from passgap.stages.costs import metered_seconds
from passgap.store import Artifact
from passgap.study import Study, run
from passgap.study.battery import answers_asked
from passgap.testing.scripted_study import ScriptedTrainer, open_scripted_study

SAMPLING = {"per_prompt": 2}
ARMS: dict[str, Any] = {
    "decode-only": {"temperatures": [0.0], "samples": 1},
    "ssd": {"seeds": [1, 2], "sampling": SAMPLING},
    "rejection-sampling": {"seeds": [1], "sampling": SAMPLING},
}
NAMES = ["ssd", "rejection-sampling"]


def opened(folder: Path) -> Study:
    return open_scripted_study(folder, ARMS, Counter())


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """The study; the first run of one arm's training died after three of its seconds."""
    study = opened(tmp_path_factory.mktemp("compared"))

    def dies(self: ScriptedTrainer, job: Any, **rest: Any) -> Any:
        raise EngineError("the machine went away")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ScriptedTrainer, "train", dies)
        with pytest.raises(EngineError):
            study.run(["ssd"])
    study.run(["ssd"])
    study.run(NAMES)
    return study


@pytest.fixture(scope="module")
def report(finished: Study) -> StudyReport:
    return finished.report()


@pytest.fixture(scope="module")
def compared(report: StudyReport) -> ArmsComparison:
    assert report.comparison is not None
    return report.comparison


def cost(compared: ArmsComparison, arm: str) -> ArmCost:
    return next(each for each in compared.costs if each.arm == arm)


def metered(study: Study, *names: str, seed: int | None = None) -> float:
    """Device-hours of the artifacts of these names."""
    entries = [each for each in study.folder.index() if each.name in names]
    if seed is not None:
        entries = [each for each in entries if each.value("seed") == seed]
    return sum(metered_seconds(Artifact(each.folder, each.name, each.inputs)) for each in entries) / 3600.0


def test_standalone_costs_are_those_of_the_only_arm_and_marginal_ones_leave_out_what_is_shared(
    finished: Study, compared: ArmsComparison
) -> None:
    pool = [metered(finished, "base-pool-samples", seed=seed) for seed in (1, 2)]
    tests = metered(finished, "base-pool-results")
    tuned = [metered(finished, f"{name}-model") for name in ("ssd", "ssd-seed-2", "rejection-sampling")]
    ssd, rejection = cost(compared, "ssd"), cost(compared, "rejection-sampling")
    assert ssd.standalone.hours == pytest.approx((sum(pool) + tuned[0] + tuned[1]) / 2)
    assert ssd.marginal == pytest.approx((pool[1] + tuned[0] + tuned[1]) / 2), "the first seed's pool is shared"
    assert ssd.spent == pytest.approx(sum(pool) + tuned[0] + tuned[1])
    assert ssd.standalone.low < ssd.standalone.hours < ssd.standalone.high and ssd.standalone.spread
    assert rejection.standalone.hours == pytest.approx(pool[0] + tests + tuned[2])
    assert rejection.marginal == pytest.approx(tests + tuned[2])
    assert sum(rejection.stages.values()) == pytest.approx(rejection.standalone.hours)
    probed = [f"{each}-samples" for each in answers_asked(finished._context.battery)]
    assert len(probed) > 2
    evaluated = metered(
        finished, *(f"rejection-sampling-{each}" for each in ("heldout-samples", "heldout-results", *probed))
    )
    assert rejection.evaluation == pytest.approx(evaluated)


def test_a_run_that_failed_is_paid_for(finished: Study) -> None:
    """The first training of seed 1 died; its seconds are in the model's artifact, which has two clocks."""
    [model] = [each for each in finished.folder.index() if each.name == "ssd-model"]
    clocks = sorted(model.folder.glob("run-*.seconds.json"))
    assert len(clocks) == 2
    assert metered(finished, "ssd-model") * 3600 == pytest.approx(sum(json.loads(each.read_text()) for each in clocks))


def test_every_second_of_the_study_is_somebodys(finished: Study, compared: ArmsComparison) -> None:
    total = sum(metered_seconds(Artifact(e.folder, e.name, e.inputs)) for e in finished.folder.index()) / 3600.0
    twice = metered(finished, "base-pool-samples", seed=1)
    of_arms = math.fsum(each.spent + each.evaluation for each in compared.costs)
    assert of_arms - twice + compared.shared == pytest.approx(total)


def test_the_ship_rule_is_on_standalone_costs(report: StudyReport, compared: ArmsComparison) -> None:
    [ssd, _] = report.arms
    [row] = [each for each in ssd.pareto.rows if each.baseline == "rejection-sampling"]
    difference = cost(compared, "ssd").standalone.hours - cost(compared, "rejection-sampling").standalone.hours
    assert row.extra_hours == pytest.approx(difference)


def test_every_arm_is_in_every_table_and_every_pair_is_compared(compared: ArmsComparison, report: StudyReport) -> None:
    names = ["base", "decode-only", "ssd", "rejection-sampling"]
    assert [each.arm for each in compared.rows] == [each.arm for each in compared.plane] == names
    assert [each.arm for each in compared.inference] == names and [each.arm for each in compared.costs] == names[1:]
    assert {(each.arm, each.other) for each in compared.dominance} == {(a, b) for a in names for b in names if a != b}
    assert compared.rows[0].delta is None and compared.rows[0].frontier == 1.0, "nothing is cheaper than nothing"
    for text in (render_markdown(report), render_html(report)):
        for title in ("All arms on the held-out problems", "Cost of each arm in cpu-hours", "Cost of 1,000 calls"):
            assert title in text
        assert "filtered own samples" in text and "raw own samples" in text
    drawing = render_html(report).split("pass@1 over the cost")[0]
    assert all(f">{each.caption}<" in drawing for each in compared.plane)


def test_claims_are_adjusted_for_all_arms_together(compared: ArmsComparison) -> None:
    claims = [each for each in compared.rows if each.delta is not None]
    assert len(claims) == 3
    for each in claims:
        assert each.p_value is not None and each.adjusted_p_value is not None
        assert each.p_value <= each.adjusted_p_value
        assert each.beats_base_adjusted == (each.adjusted_p_value <= 0.05)


def test_the_best_arm_is_confirmed_once_and_once_more_when_an_arm_joins(
    finished: Study, compared: ArmsComparison
) -> None:
    assert isinstance(compared.choice, ArmChoice)
    assert compared.choice.candidates == ("base", "decode-only", "ssd", "rejection-sampling")
    entries = finished.folder.ledger.of_kind("confirmation")
    assert len(entries) == compared.confirmations == 2, "of decode-only and ssd, then of all three"


def test_calls_are_priced_by_their_tokens_at_one_throughput(compared: ArmsComparison) -> None:
    base, *others = compared.inference
    per_token = base.per_1000.hours / (base.prompt_tokens + base.tokens)
    for each in others:
        assert each.per_1000.hours == pytest.approx(
            per_token * (each.prompt_tokens + each.samples_per_call * each.tokens)
        )
        assert each.per_1000.money == pytest.approx(each.per_1000.hours * 1.0)


def test_it_is_read_as_it_was_written_and_is_not_there_for_a_study_that_declared_no_rules(
    finished: Study, report: StudyReport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = (finished.folder.path / "report.json").read_text()
    assert StudyReport.model_validate_json(written) == report
    copy = Path(shutil.copytree(finished.folder.path, tmp_path / "copy"))
    monkeypatch.setattr(run, "compares_arms", lambda _: False)
    earlier = opened(copy).report()
    assert earlier.comparison is None and "comparison" not in json.loads((copy / "report.json").read_text())
    assert earlier.arms[0].pareto != report.arms[0].pareto, "the costs of all steps, as before"
