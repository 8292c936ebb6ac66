"""All arms of a study side by side: who beats the base model, what each costs, and which of them is the best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import permutations

import numpy as np
from pydantic import JsonValue

from passgap.arms import ARMS, BASE
from passgap.decisions import ArmChoice, choose_arm
from passgap.decisions.decoding import SPLIT_AT
from passgap.estimates import PASS_AT_1, PairedDelta, PlaneData, PlaneDraws, draw_plane, estimate_repeated, holm
from passgap.estimates.plane import DRAWS
from passgap.probes import BatteryOutcome
from passgap.records import Estimate, Insufficient, Measured, digested
from passgap.report.comparison import ArmRow, ArmsComparison, Dominance, PlanePoint
from passgap.spec import StudySpec
from passgap.study.arm_costs import ArmCosts, inference_costs
from passgap.study.break_even import break_even_rows
from passgap.study.candidates import MeasuredCandidate, lift
from passgap.study.context import CONFIRMATION, StudyContext


def compare_arms(
    context: StudyContext,
    base: MeasuredCandidate,
    candidates: Sequence[MeasuredCandidate],
    batteries: Mapping[str, BatteryOutcome],
    outcomes: Mapping[str, str],
    costs: ArmCosts,
) -> ArmsComparison:
    """Put every candidate beside every other one.

    Args:
        context: the study.
        base: the base model.
        candidates: all others, in the order of the arms.
        batteries: of each, against the base model.
        outcomes: what each has shown, where it is judged.
        costs: of each.
    """
    spec = context.spec
    everyone = (base, *candidates)
    lifts = {one.arm: lift(spec, one, base) for one in candidates}
    adjusted = holm({arm: each.p_value for arm, each in lifts.items() if each.p_value is not None})
    common = _common(everyone)
    together = _drawn(spec, everyone, common, costs)
    shares = together.on_the_frontier()
    choice = best_arm(spec, base, candidates)
    inference = inference_costs(spec, costs, base, candidates)
    return ArmsComparison(
        level=spec.thresholds.level,
        margin=spec.thresholds.margin,
        draws=DRAWS,
        problems=len(common),
        rows=tuple(
            _row(spec, one, lifts.get(one.arm), adjusted.get(one.arm), batteries, outcomes, frontier)
            for one, frontier in zip(everyone, shares, strict=True)
        ),
        dominance=tuple(_dominance(spec, everyone, common, together, costs)),
        plane=tuple(_point(spec, together, number, one) for number, one in enumerate(everyone)),
        costs=costs.report,
        shared=costs.shared,
        inference=inference,
        break_even=break_even_rows(costs, candidates, inference),
        choice=choice,
        confirmations=_confirmations(context, choice, everyone),
    )


def best_arm(
    spec: StudySpec, base: MeasuredCandidate, candidates: Sequence[MeasuredCandidate]
) -> ArmChoice | Insufficient | None:
    """The best arm, chosen on other problems than its delta is from; None where there is only one.

    A decoding was itself chosen: on the development half, or fold by fold, which are the same here. So it competes with
    all of its problems where they are halved, and with the cross-fitted ones where they are not.
    """
    if len(candidates) < 2:
        return None
    halved = base.counts.n >= SPLIT_AT
    runs = {}
    for one in (base, *candidates):
        chosen = one.candidate.choice is not None
        runs[one.arm] = [each.evaluation.counts if halved or not chosen else each.counts for each in one.repetitions]
    shared = frozenset.intersection(*(frozenset(each.ids) for tables in runs.values() for each in tables))
    selected = {arm: [each.select(shared) for each in tables] for arm, tables in runs.items()}
    return choose_arm(selected, BASE, level=spec.thresholds.level)


def _confirmations(
    context: StudyContext, choice: ArmChoice | Insufficient | None, everyone: Sequence[MeasuredCandidate]
) -> int:
    """Put what was confirmed into the ledger, once for each set of arms; returns how often anything was."""
    if isinstance(choice, ArmChoice) and not context.read_only:
        results: dict[str, JsonValue] = {
            one.arm: [part.digest for each in one.repetitions for part in each.evaluation.results] for one in everyone
        }
        context.record_once(
            CONFIRMATION,
            {
                "chosen": choice.chosen,
                "method": choice.method.value,
                "lift": digested(choice.lift.delta),
                "results": results,
            },
        )
    return len(context.folder.ledger.of_kind(CONFIRMATION))


def _row(
    spec: StudySpec,
    one: MeasuredCandidate,
    found: PairedDelta | None,
    adjusted: float | None,
    batteries: Mapping[str, BatteryOutcome],
    outcomes: Mapping[str, str],
    frontier: float,
) -> ArmRow:
    arm, delta = ARMS[one.arm], found.delta if found is not None else None
    rose = isinstance(delta, Estimate) and delta.value > 0.0
    return ArmRow(
        arm=one.arm,
        caption=arm.caption,
        origin=(arm.origin_of(spec.arms[one.arm]) if one.arm in spec.arms else arm.origin).value,
        pass_at_1=_accuracy(spec, one),
        delta=delta,
        p_value=found.p_value if found is not None else None,
        adjusted_p_value=adjusted,
        beats_base=None if found is None else isinstance(delta, Estimate) and delta.low > 0.0,
        beats_base_adjusted=(
            None if found is None else rose and adjusted is not None and adjusted <= 1.0 - spec.thresholds.level
        ),
        battery=_battery(batteries[one.arm]) if one.arm in batteries else "",
        outcome=outcomes.get(one.arm, ""),
        frontier=frontier,
    )


def _accuracy(spec: StudySpec, one: MeasuredCandidate) -> Measured:
    if one.candidate.choice is not None:
        return one.candidate.choice.test
    tables = [each.counts for each in one.repetitions]
    return estimate_repeated(tables, (1,), level=spec.thresholds.level).overall[str(PASS_AT_1)]


def _battery(outcome: BatteryOutcome) -> str:
    alerts = len(outcome.alerts)
    if alerts:
        waived = alerts - len(outcome.counted)
        return f"{alerts} alert{'' if alerts == 1 else 's'}{f', {waived} waived' if waived else ''}"
    return "no alert" if outcome.complete else "no alert, incomplete"


def _common(everyone: Sequence[MeasuredCandidate]) -> tuple[str, ...]:
    """The problems that all of these may be compared on, with a scored sample of each with every seed."""
    found: set[str] | None = None
    for one in everyone:
        for each in one.repetitions:
            allowed = set(each.counts.measured().ids)
            if one.candidate.compared_on is not None:
                allowed &= one.candidate.compared_on
            found = allowed if found is None else found & allowed
    return tuple(sorted(found or ()))


def _drawn(
    spec: StudySpec, everyone: Sequence[MeasuredCandidate], problems: Sequence[str], costs: ArmCosts
) -> PlaneDraws:
    del spec
    return draw_plane([_data(one, problems, costs) for one in everyone])


def _data(one: MeasuredCandidate, problems: Sequence[str], costs: ArmCosts) -> PlaneData:
    tables = [each.counts.select(problems) for each in one.repetitions]
    scores = np.stack([each.correct / each.samples for each in tables])
    if one.arm == BASE:
        return PlaneData(scores, np.zeros(1))
    return PlaneData(scores, np.array(costs.by_seed(one)), costs.spread(one))


def _dominance(
    spec: StudySpec,
    everyone: Sequence[MeasuredCandidate],
    common: tuple[str, ...],
    together: PlaneDraws,
    costs: ArmCosts,
) -> list[Dominance]:
    """Each pair on all the problems that both may be compared on."""
    whole = [one for one in everyone if one.candidate.compared_on is None]
    wider = _common(whole)
    drawn = _drawn(spec, whole, wider, costs) if len(wider) > len(common) else None
    places = {one.arm: number for number, one in enumerate(whole)}
    rows = []
    for (number, one), (place, other) in permutations(enumerate(everyone), 2):
        both = drawn is not None and one.arm in places and other.arm in places
        draws, at = (drawn, (places[one.arm], places[other.arm])) if drawn and both else (together, (number, place))
        rows.append(
            Dominance(
                arm=one.arm,
                other=other.arm,
                problems=len(wider if both else common),
                probability=draws.dominates(*at, spec.thresholds.margin),
            )
        )
    return rows


def _point(spec: StudySpec, draws: PlaneDraws, number: int, one: MeasuredCandidate) -> PlanePoint:
    accuracy, cost = draws.accuracy[:, number], draws.cost[:, number]
    tail = 100.0 * (1.0 - spec.thresholds.level) / 2.0
    low, high = np.percentile(accuracy, [tail, 100.0 - tail])
    cheapest, dearest = np.percentile(cost, [tail, 100.0 - tail])
    varies = accuracy.std() > 0.0 and cost.std() > 1e-12 * max(1.0, cost.mean())
    return PlanePoint(
        arm=one.arm,
        caption=ARMS[one.arm].caption,
        accuracy=float(accuracy.mean()),
        low=float(low),
        high=float(high),
        hours=float(cost.mean()),
        cheapest=float(cheapest),
        dearest=float(dearest),
        correlation=float(np.clip(np.corrcoef(accuracy, cost)[0, 1], -1.0, 1.0)) if varies else 0.0,
    )
