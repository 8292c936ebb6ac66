"""The first screen of a report: the question, the answer, the three figures that decide, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from passgap.decisions import OutcomeOfArm, VerdictKind
from passgap.decisions.alternatives import Situation
from passgap.decisions.best_arm import ArmChoice
from passgap.decisions.next_step import NextStep, Step, Tried, next_step
from passgap.decisions.wording import listed
from passgap.estimates import PASS_AT_1, GapAtK, PassAtK, passes_in
from passgap.formatting import stated
from passgap.moves import Move
from passgap.probes import PROBES, ProbeOutcome, ProbeStatus
from passgap.records import Estimate, Measured
from passgap.report.numbers import Delta, Drift, Number
from passgap.report.study_report import ArmReport, StudyReport
from passgap.report.tables import tolerance_of

WORDS = {
    VerdictKind.GO_SSD: "training on its own samples {is_} worth trying",
    VerdictKind.GO_VERIFIER_AWARE_SSD: "training on its own samples {is_} worth trying if only those that pass the "
    "tests are kept",
    VerdictKind.GO_OTHER: "training on its own samples {is_} not the next move",
    VerdictKind.MEASURE_MORE: "the measurements {do} not decide",
}

OUTCOMES = {
    OutcomeOfArm.WORKED: "it solves more problems, and no side effect that counts is out of tolerance",
    OutcomeOfArm.NO_EFFECT_SHOWN: "it gains nothing that would matter",
    OutcomeOfArm.WORSE: "it solves fewer problems than the base model",
    OutcomeOfArm.COLLAPSED: "its answers lost variety, or changed in length, beyond what was allowed; it must not ship",
    OutcomeOfArm.DRIFTED: "its answers changed in style, safety or skills beyond what was allowed; it must not ship as "
    "it is",
    OutcomeOfArm.UNDERPOWERED: "too few problems were measured to tell a gain from none",
    OutcomeOfArm.INCOMPLETE: "part of the measurement is missing, so nothing can be claimed",
}


@dataclass(frozen=True, slots=True)
class Summary:
    """The answers of a study in the order in which a reader asks."""

    question: str
    step: NextStep
    verdict: str
    outcome: str
    """Empty where no arm was run."""
    numbers: tuple[Number, ...]
    caution: str = ""
    label: str = ""
    """The caution in a word."""

    @property
    def look(self) -> str:
        """The colour of the answer: ``good``, ``unsure``, ``bad`` or ``plain``."""
        return {Step.PROMOTE: "good", Step.TRY: "good", Step.REPAIR: "bad", Step.MEASURE: "unsure"}.get(
            self.step.step, "plain"
        )


def summarise(report: StudyReport) -> Summary:
    """Summarise a report."""
    verdict = report.base.verdict
    step = next_step(verdict, tuple(_tried(report)))
    featured = next((arm for arm in report.arms if arm.arm == step.featured), None)
    small = report.setup.rehearsal or verdict.underpowered
    return Summary(
        question=_question(report),
        step=step,
        verdict=f"{_named(report)}: {_in_words(report)}.",
        outcome=_outcome(report),
        numbers=tuple(_numbers(report, featured)),
        caution="Too small a study for a decision: read it as a rehearsal." if small else "",
        label="rehearsal" if report.setup.rehearsal else "underpowered" if small else "",
    )


def _in_words(report: StudyReport) -> str:
    """The verdict in words: in the past tense once an arm was run, which counts for more."""
    is_, do = ("was", "did") if report.arms else ("is", "do")
    return WORDS[report.base.verdict.verdict].format(is_=is_, do=do)


def _question(report: StudyReport) -> str:
    model = report.setup.model
    if not report.arms:
        return f"Is training {model} on its own samples (self-distillation, SSD) the right next move?"
    return f"Is training {model} on its own samples (self-distillation, SSD) the right next move, and did it work?"


def _named(report: StudyReport) -> str:
    verdict = report.base.verdict
    other = f" ({verdict.other.label})" if verdict.other and verdict.other is not Move.DO_NOTHING else ""
    return verdict.verdict.value + (other or (" (do-nothing)" if verdict.other else ""))


def _tried(report: StudyReport) -> Iterator[Tried]:
    compared = report.comparison
    rows = {row.arm: row for row in compared.rows} if compared else {}
    choice = compared.choice if compared else None
    for arm in report.arms:
        lift = arm.comparison.paired(PASS_AT_1).delta
        row = rows.get(arm.arm)
        alone = isinstance(lift, Estimate) and lift.low > 0.0
        yield Tried(
            arm=arm.arm,
            caption=arm.caption,
            judgement=arm.judgement,
            lift=lift,
            claimed=bool(row.beats_base_adjusted) if row else alone,
            may_ship=arm.pareto.may_ship,
            alerts=tuple(_watched(each.probe) for each in arm.battery.counted),
            unmeasured=tuple(
                _watched(each.probe)
                for each in arm.battery.outcomes
                if each.status is ProbeStatus.INSUFFICIENT and not each.optional
            ),
            chosen=isinstance(choice, ArmChoice) and choice.chosen == arm.arm,
        )


def _outcome(report: StudyReport) -> str:
    """The outcome of the arms, in a sentence or two; empty where none was run."""
    arms = list(_tried(report))
    if not arms:
        return ""
    if len(arms) == 1:
        [arm] = arms
        return f"{arm.caption}: {arm.judgement.outcome.value}: {OUTCOMES[arm.judgement.outcome]}."
    gained = [arm.caption for arm in arms if arm.claimed]
    drifted = sum(bool(arm.alerts) for arm in arms)
    shippable = [
        arm.caption for arm in arms if arm.claimed and arm.judgement.outcome is OutcomeOfArm.WORKED and arm.may_ship
    ]
    compared = len(report.comparison.rows) - 1 if report.comparison else 0
    adjusted = f" (adjusted for {compared} comparisons)" if compared else ""
    more = "solves" if len(gained) == 1 else "solve"
    first = f"{listed(gained)} {more} more problems" if gained else "none solves more problems"
    drift = f"{drifted} changed beyond what was allowed" if drifted else "no side effect is out of tolerance"
    ships = f"{listed(shippable)} may ship" if shippable else "none may ship"
    said = f"Of {len(arms)} arms that were tried, {first} than the base model{adjusted}; {drift}; {ships}."
    return said + _confirmed(report)


def _confirmed(report: StudyReport) -> str:
    """The result of the best arm where it was not chosen, which is not optimistic."""
    choice = report.comparison.choice if report.comparison else None
    if not isinstance(choice, ArmChoice) or choice.chosen == "base":
        return ""
    caption = next((arm.caption for arm in report.arms if arm.arm == choice.chosen), choice.chosen)
    lift = choice.lift.delta
    sure = isinstance(lift, Estimate) and lift.low > 0.0
    surely = "" if sure else ", which does not tell a gain from none"
    return (
        f" The best of several always looks better than it is: on problems that it was not chosen on, {caption} "
        f"changes the share solved at the first try by {stated(lift)}{surely}."
    )


def _numbers(report: StudyReport, featured: ArmReport | None) -> Iterator[Number]:
    table, k = report.base.table, report.base.verdict.deciding_k or max(passes_in(report.base.table.overall), default=1)
    gap = table.overall_of(GapAtK(k)) if k > 1 else None
    if gap is not None:
        yield Number(
            f"Room for a gain: gap@{k}",
            gap,
            f"Percentage points (pp) that {k} tries solve beyond the first one: about the most that training on its "
            "own samples can win."
            f"{_ENOUGH.get(report.base.verdict.situation, '')}",
        )
    if featured is None:
        for quantity, label, meaning in (
            (PASS_AT_1, "Now: pass@1", "Share of the problems that it solves at the first try."),
            (PassAtK(k), f"Within reach: pass@{k}", f"Share that at least one of {k} tries solves."),
        ):
            measured = table.overall_of(quantity)
            if measured is not None:
                yield Number(label, measured, meaning)
        return
    yield _gain(featured, several=len(report.arms) > 1)
    yield _loss(featured)


def _gain(arm: ArmReport, *, several: bool) -> Delta:
    lift = arm.comparison.paired(PASS_AT_1).delta
    return Delta(
        f"Gain of {arm.caption}: pass@1" if several else "Gain: pass@1",
        lift,
        "Problems solved at the first try, more or fewer than by the base model.",
        _sign(lift),
        comparison=arm.comparison,
        battery=arm.battery,
    )


def _loss(arm: ArmReport) -> Number:
    """The drift farthest beyond its tolerance; without one, the change of pass@k, which falls where a model narrows."""
    alerts = arm.battery.counted
    if alerts:
        worst = max(alerts, key=_in_tolerances)
        unit = ", as a multiple of the base model's" if worst.is_relative else ""
        of = "" if _watched(worst.probe) == worst.probe else f"{worst.probe}: "
        meaning = f"{of}{worst.quantity}{unit}. Allowed: a {tolerance_of(worst)}."
        others = f" (and {len(alerts) - 1} more)" if len(alerts) > 1 else ""
        label = f"Side effect: {_watched(worst.probe)}{others}"
        return Drift(label, worst.drift, f"{meaning[:1].upper()}{meaning[1:]}", "bad", of="prompts", outcome=worst)
    k = max(passes_in(arm.comparison.delta.overall))
    change = arm.comparison.paired(PassAtK(k)).delta
    if k == 1:
        return Number("Side effect: truncated answers", arm.truncated, "Completions cut at the token limit.")
    return Delta(
        f"Breadth: pass@{k}",
        change,
        f"Problems solved in {k} tries, more or fewer than by the base model: fewer, where its answers lose variety.",
        _sign(change),
        comparison=arm.comparison,
        battery=arm.battery,
    )


_ENOUGH = {
    Situation.FLOOR: " Too little to train for.",
    Situation.CEILING: " Too little to train for.",
    Situation.CONCENTRATED: " Too little to train for.",
    Situation.RARE: " Too little to train for.",
    Situation.GAP: " Enough to be worth a try.",
    Situation.OPEN: " Not known well enough to decide.",
}
"""Whether the gap is enough, where it alone decides."""


def _watched(probe: str) -> str:
    """The thing that a probe watches, in words; the name of one that is not installed here."""
    return (getattr(PROBES[probe], "in_words", "") if probe in PROBES else "") or probe


def _in_tolerances(outcome: ProbeOutcome) -> float:
    drift = outcome.drift
    if not isinstance(drift, Estimate):
        return 0.0
    moved = abs(drift.value - (1.0 if drift.unit == "ratio" else 0.0))
    return moved / outcome.tolerance if outcome.tolerance > 0 else float("inf")


def _sign(measured: Measured) -> str:
    if not isinstance(measured, Estimate):
        return "plain"
    return "good" if measured.low > 0.0 else "bad" if measured.high < 0.0 else "unsure"
