"""The decision table: intervals in, situation out. The other modules put it into words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from passgap.decisions.alternatives import Choice, Situation, choose_other
from passgap.decisions.evidence import Alternatives, Evidence, Thresholds
from passgap.estimates import PASS_AT_1, EstimateTable, GapAtK, ModeCorrectness, PassAtK, gaps_in
from passgap.records import Estimate, Measured


class VerdictKind(StrEnum):
    """The four answers to "is self-distillation the right next move?"."""

    GO_SSD = "GO-SSD"
    """Run minimal self-distillation."""
    GO_VERIFIER_AWARE_SSD = "GO-VERIFIER-AWARE-SSD"
    """Run self-distillation on samples that a verifier passed."""
    GO_OTHER = "GO-OTHER"
    """Do something else, which is named."""
    MEASURE_MORE = "MEASURE-MORE"
    """The measurements do not decide; how many more would is said."""


@dataclass(frozen=True)
class Span:
    """A quantity as the table sees it."""

    low: float
    value: float
    high: float

    @classmethod
    def of(cls, measured: Measured | None) -> Span | None:
        """The span of an estimate; None for what could not be measured."""
        return cls(measured.low, measured.value, measured.high) if isinstance(measured, Estimate) else None

    def at(self, value: float) -> Span:
        """The span of the same quantity if it were known to be ``value``."""
        return Span(value, value, value)


@dataclass(frozen=True)
class Inputs:
    """The inputs of the decision table, after the deciding k is fixed."""

    k: int | None
    gap: Span | None
    best: Span | None
    """pass@k at the deciding k."""
    single: Span | None
    """pass@1."""
    beyond: Span | None
    """The gap at the largest k beyond the feasible ones."""
    sharpening: Span | None
    plurality: Span | None
    mode_can_be_wrong: bool
    decode_lift: Span | None
    signal_possible: bool
    affordable: bool
    at_hand: Alternatives
    fall: float | None = None
    """The probability that minimal SSD lowers pass@1, by the diagnostics together."""


@dataclass(frozen=True)
class Finding:
    """The cell of the table that the evidence falls into."""

    kind: VerdictKind
    situation: Situation
    choice: Choice | None = None


def deciding_k(table: EstimateTable, thresholds: Thresholds) -> int | None:
    """The largest feasible k at which the gap could be measured: one k by rule, so that no k is fished for."""
    measured = [k for k in gap_ks(table) if thresholds.least_k <= k <= thresholds.largest_k]
    return max(measured, default=None)


def gap_ks(table: EstimateTable) -> list[int]:
    """Every k at which the gap could be measured, ascending."""
    return [k for k, gap in gaps_in(table.overall).items() if isinstance(gap, Estimate)]


def inputs_of(evidence: Evidence, thresholds: Thresholds) -> Inputs:
    """Read the table's inputs off the evidence."""
    table, k = evidence.table, deciding_k(evidence.table, thresholds)
    beyond = [each for each in gap_ks(evidence.table) if each > thresholds.largest_k]
    modes, proposal, signal = evidence.modes, evidence.proposal, evidence.signal
    swept_in_vain = proposal is not None and proposal.decoding is None
    return Inputs(
        k=k,
        gap=Span.of(table.overall_of(GapAtK(k))) if k else None,
        best=Span.of(table.overall_of(PassAtK(k))) if k else None,
        single=Span.of(table.overall_of(PASS_AT_1)),
        beyond=Span.of(table.overall_of(GapAtK(max(beyond)))) if beyond else None,
        sharpening=Span.of(modes.sharpening) if modes else None,
        plurality=Span.of(modes.plurality) if modes else None,
        mode_can_be_wrong=_can_show_wrong(modes),
        decode_lift=Span.of(evidence.decode_lift),
        signal_possible=not (swept_in_vain and (signal is None or signal.next_to_none)),
        affordable=evidence.budget is None or evidence.budget.affordable,
        at_hand=evidence.alternatives,
        fall=evidence.foretold.down if evidence.foretold else None,
    )


def _can_show_wrong(modes: ModeCorrectness | None) -> bool:
    return modes is not None and modes.grouping.can_show_wrong


def classify(inputs: Inputs, thresholds: Thresholds) -> Finding:
    """Find the cell: first the gap against its threshold, then what speaks against spending it."""
    situation = _situation(inputs, thresholds)
    if situation is Situation.OPEN:
        return Finding(VerdictKind.MEASURE_MORE, situation)
    if situation is Situation.GAP:
        return Finding(VerdictKind.GO_SSD, situation)
    if situation in (Situation.WRONG_MODE, Situation.FORETOLD) and inputs.at_hand.verifier:
        return Finding(VerdictKind.GO_VERIFIER_AWARE_SSD, situation)
    return Finding(VerdictKind.GO_OTHER, situation, choose_other(situation, inputs.at_hand, thresholds))


def _situation(inputs: Inputs, thresholds: Thresholds) -> Situation:
    if inputs.gap is None or inputs.gap.low < thresholds.gap <= inputs.gap.high:
        return Situation.OPEN
    if inputs.gap.high < thresholds.gap:
        return _without_gap(inputs, thresholds)
    decode = inputs.decode_lift
    obstacles = (
        (Situation.NO_SIGNAL, not inputs.signal_possible),
        (Situation.DECODING, decode is not None and inputs.gap.high - decode.low < thresholds.gap),
        (Situation.UNAFFORDABLE, not inputs.affordable),
        (Situation.WRONG_MODE, mode_is_wrong(inputs)),
        (Situation.FORETOLD, falls(inputs, thresholds)),
    )
    return next((situation for situation, holds in obstacles if holds), Situation.GAP)


def mode_is_wrong(inputs: Inputs) -> bool:
    """Whether sharpening is shown to hurt: the plurality is wrong on most contested problems and costs pass@1.

    Where sharper decoding has been measured to lift pass@1, that direct experiment outweighs the inference.
    """
    if not inputs.mode_can_be_wrong or inputs.sharpening is None or inputs.plurality is None:
        return False
    return inputs.sharpening.high < 0.0 and inputs.plurality.high < 0.5 and not _decoding_helps(inputs)


def falls(inputs: Inputs, thresholds: Thresholds) -> bool:
    """Whether the diagnostics together make it probable enough that minimal SSD lowers pass@1.

    As with the mode, sharper decoding that was measured to lift pass@1 outweighs the inference.
    """
    return inputs.fall is not None and inputs.fall >= thresholds.fall and not _decoding_helps(inputs)


def _decoding_helps(inputs: Inputs) -> bool:
    return inputs.decode_lift is not None and inputs.decode_lift.low > 0.0


def _without_gap(inputs: Inputs, thresholds: Thresholds) -> Situation:
    if inputs.at_hand.verifier and inputs.beyond is not None and inputs.beyond.low >= thresholds.gap:
        return Situation.RARE
    if inputs.best is not None and inputs.best.high < thresholds.edge:
        return Situation.FLOOR
    if inputs.single is not None and 1.0 - inputs.single.low < thresholds.edge:
        return Situation.CEILING
    return Situation.CONCENTRATED


def with_gap(inputs: Inputs, value: float) -> Inputs:
    """The inputs if the gap were known."""
    return inputs if inputs.gap is None else replace(inputs, gap=inputs.gap.at(value))


def with_sharpening(inputs: Inputs, value: float) -> Inputs:
    """The inputs if the effect of sharpening were known, and the plurality as right or wrong as that implies."""
    if inputs.sharpening is None or inputs.plurality is None:
        return inputs
    share = inputs.plurality.low if value < 0.0 else inputs.plurality.high
    return replace(inputs, sharpening=inputs.sharpening.at(value), plurality=inputs.plurality.at(share))
