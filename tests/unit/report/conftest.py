"""A report made of real estimates, decisions and a real battery over made-up samples."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import explored
from passgap.decisions import (
    ArmPoint,
    Cost,
    DecodingChoice,
    Evidence,
    Thresholds,
    compare_pareto,
    decide_verdict,
    judge_arm,
    select_decoding,
)
from passgap.estimates import (
    Counts,
    compare_all,
    counts_from_columns,
    estimate_all,
    estimate_pass_at_k,
    mean_interval,
    mode_bounds,
    paired_delta,
)
from passgap.probes import ModelSamples, run_battery
from passgap.report.explorer import Explorer
from passgap.report.study_report import (
    ArmComparison,
    ArmReport,
    BaseReport,
    ContaminationLine,
    CostLine,
    DecodeOnlyReport,
    Fact,
    SetupReport,
    StudyReport,
)
from probed import samples_of

PROBLEMS = 210
SAMPLES = 16


def made_up_counts(shift: float) -> Counts:
    generator = np.random.default_rng(5)
    rates = np.clip(generator.beta(0.35, 2.4, PROBLEMS) + shift * generator.random(PROBLEMS), 0.0, 1.0)
    difficulties = [("easy", "medium", "hard")[n % 3] for n in range(PROBLEMS)]
    rates *= np.array([1.6 if each == "easy" else 0.7 for each in difficulties])
    return counts_from_columns(
        [f"starter/p{n:03d}" for n in range(PROBLEMS)],
        [SAMPLES] * PROBLEMS,
        generator.binomial(SAMPLES, np.clip(rates, 0, 1)),
        difficulties=difficulties,
    )


def _samples(extra: str, counts: Counts) -> ModelSamples:
    texts = {f"p{n}": tuple(f"def f(x):\n    return x + {n * i}{extra}\n" for i in range(4)) for n in range(60)}
    answers = {f"q{n}": (f"def f(x):\n    return x{extra}\n",) * 4 for n in range(20)}
    return samples_of(
        texts,
        counts,
        harmful=answers,
        delicate=answers,
        secure=answers,
        style=answers,
        format={f"f{n}": ("43",) * 4 for n in range(20)},
    )


@pytest.fixture(scope="session")
def report() -> StudyReport:
    """A study whose arm lifted pass@1, as the renderers get it."""
    return made_up_report(0.95)


@pytest.fixture(scope="session")
def report_at() -> Callable[[float], StudyReport]:
    """Makes the same report with intervals of another level."""
    return made_up_report


def made_up_report(level: float) -> StudyReport:
    """The report of a study whose arm lifted pass@1, with intervals of this level."""
    base, tuned = made_up_counts(0.0), made_up_counts(0.12)
    table = estimate_all(base, level=level)
    battery = run_battery(
        arm="ssd",
        base=_samples("", base),
        tuned=_samples("  # <fast> & sure", tuned),
        tolerances={},
        largest_k=16,
        level=level,
    )
    delta = paired_delta(base, tuned, 1, level=level)
    points = [
        ArmPoint(arm="base", accuracy=estimate_pass_at_k(base, 1, level=level), cost=Cost(hours=0, low=0, high=0)),
        ArmPoint(
            arm="ssd", accuracy=estimate_pass_at_k(tuned, 1, level=level), cost=Cost(hours=0.5, low=0.5, high=0.5)
        ),
    ]
    truncated = mean_interval([0.0, 0.25] * 105, m=SAMPLES, level=level)
    modes = mode_bounds(base, level=level)
    limits = Thresholds(level=level)
    cost = CostLine(
        arm="base",
        stage="sampling",
        step="base-heldout-samples",
        seconds=1116.0,
        hours=0.31,
        money=0.031,
        samples=3360,
        prompt_tokens=403_200,
        tokens=212_345,
        tokens_per_second=190.3,
    )
    return StudyReport(
        setup=SetupReport(
            study="autocomplete <spring> & co",
            model="SmolLM2-135M-Instruct",
            rehearsal=False,
            facts=(Fact(label="held-out", text="210 problems of starter | heldout"),),
            flags=("training.lora_rank: 8 is below 64.",),
            currency="USD",
            device="cpu",
        ),
        base=BaseReport(
            verdict=decide_verdict(Evidence(table=table, modes=modes, contamination_checked=True), limits),
            table=table,
            modes=modes,
            signal=None,
            proposal=None,
            truncated=truncated,
            outcomes={"failed": 3000, "passed": 350, "timeout": 10},
            costs=(cost,),
        ),
        arms=(
            ArmReport(
                arm="ssd",
                caption="minimal SSD",
                judgement=judge_arm(delta, battery, limits, delta_k=(16, paired_delta(base, tuned, 16, level=level))),
                comparison=compare_all(base, tuned, level=level),
                battery=battery,
                truncated=truncated,
                facts=(Fact(label="loss", text="0.520 at step 1, 0.410 at step 93"),),
                costs=(cost.model_copy(update={"arm": "ssd", "stage": "training", "step": "ssd-model"}),),
                pareto=compare_pareto("ssd", points, {("ssd", "base"): delta}),
            ),
        ),
        contamination=(ContaminationLine(item="pool/a", matched="heldout/b", rule="minhash", score=0.91),),
        contamination_checked="210 held-out problems against 240 pool problems: 1 match, 1 pool problem removed",
        not_produced=("the decode-only control",),
        provenance=(Fact(label="seed", text="20260401"),),
    )


PRODUCTION = "temperature 0.8, top-k off, top-p 0.95"


@pytest.fixture(scope="session")
def with_control(report: StudyReport) -> StudyReport:
    """The same study with a decode-only control that lifted pass@1 less than the arm did."""
    base, cooler, tuned = (made_up_counts(shift) for shift in (0.0, 0.08, 0.12))
    choice = select_decoding({PRODUCTION: base, "greedy": cooler}, PRODUCTION)
    assert isinstance(choice, DecodingChoice)
    before, after = base.select(choice.test_ids), cooler.select(choice.test_ids)
    points = [
        ArmPoint(arm="base", accuracy=estimate_pass_at_k(before, 1), cost=Cost(hours=0, low=0, high=0)),
        ArmPoint(arm="decode-only", accuracy=choice.test, cost=Cost(hours=0.2, low=0.2, high=0.2)),
    ]
    control = DecodeOnlyReport(
        caption="decoding alone (nothing trained)",
        choice=choice,
        comparison=compare_all(before, after),
        battery=run_battery(
            arm="decode-only",
            base=_samples("", before),
            tuned=_samples(" ", after),
            tolerances={},
            largest_k=16,
            level=0.95,
        ),
        truncated=mean_interval([0.0, 0.25] * 105, m=SAMPLES),
        costs=(report.base.costs[0].model_copy(update={"arm": "decode-only", "step": "decode-only-greedy-samples"}),),
        pareto=compare_pareto("decode-only", points, {("decode-only", "base"): choice.lift}),
    )
    arm = report.arms[0].model_copy(update={"against_decode_only": compare_all(after, tuned.select(choice.test_ids))})
    return report.model_copy(update={"decode_only": control, "arms": (arm,)})


@pytest.fixture(scope="session")
def several_candidates(with_control: StudyReport) -> StudyReport:
    """Three trained arms and the decode-only control, every one compared with every other."""
    first, control = with_control.arms[0], with_control.decode_only
    assert control is not None
    base = made_up_counts(0.0)
    measured = {f"arm-{n}": made_up_counts(shift) for n, shift in enumerate((0.06, 0.12, 0.18))}
    points = [
        ArmPoint(arm=name, accuracy=estimate_pass_at_k(counts, 1), cost=Cost(hours=hours, low=hours, high=hours))
        for hours, (name, counts) in enumerate({"base": base, **measured}.items())
    ]
    points.append(ArmPoint(arm="decode-only", accuracy=control.choice.test, cost=Cost(hours=0.2, low=0.2, high=0.2)))
    decoded = control.choice.counts({PRODUCTION: base, "greedy": made_up_counts(0.08)})
    arms = []
    for number, (name, tuned) in enumerate(measured.items()):
        others = {other: counts for other, counts in measured.items() if other != name}
        lifts = {(name, other): paired_delta(counts, tuned, 1) for other, counts in ({"base": base} | others).items()}
        lifts[name, "decode-only"] = paired_delta(decoded, tuned.select(control.choice.test_ids), 1)
        arms.append(
            first.model_copy(
                update={
                    "arm": name,
                    "caption": f"variant {number}",
                    "comparison": compare_all(base, tuned),
                    "costs": tuple(cost.model_copy(update={"arm": name}) for cost in first.costs),
                    "pareto": compare_pareto(name, points, lifts),
                    "against_decode_only": compare_all(decoded, tuned.select(control.choice.test_ids)),
                    "against_arms": tuple(
                        ArmComparison(arm=other, caption=f"variant {other[-1]}", comparison=compare_all(counts, tuned))
                        for other, counts in others.items()
                    ),
                }
            )
        )
    return with_control.model_copy(update={"arms": tuple(arms)})


@pytest.fixture(scope="session")
def explorer() -> Explorer:
    """Four problems with the samples of two models."""
    return explored.plain_explorer()


@pytest.fixture(scope="session")
def hostile_explorer() -> Explorer:
    """Problems, programs, names and reasons that try to break out of the page."""
    return explored.hostile_explorer()
