"""The verdict: evidence and thresholds in, one of four answers with its reasons out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer

from passgap.decisions.alternatives import Situation
from passgap.decisions.classify import (
    Inputs,
    VerdictKind,
    classify,
    inputs_of,
    with_gap,
    with_sharpening,
)
from passgap.decisions.evidence import Evidence, Look, Thresholds
from passgap.decisions.justification import hypothesis_of, justification_of
from passgap.decisions.reasons import caveats_of, reasons_of
from passgap.estimates import PASS_AT_1, GapAtK, Needed, PassAtK, needed_for
from passgap.moves import LabelledMove, Move
from passgap.predictors import Foretold
from passgap.records import Estimate, Record
from passgap.records.units import FractionOf1


class SensitivityRow(Record):
    """Sensitivity: the verdict if one input were known to be at one end of its interval, or were declared otherwise."""

    input: str
    at: str
    verdict: VerdictKind
    other: LabelledMove | None = None


class Verdict(Record):
    """The answer. ``justification`` is one paragraph; ``reasons`` and ``caveats`` are sentences."""

    verdict: VerdictKind
    other: LabelledMove | None = None
    situation: Situation
    hypothesis: str
    justification: str
    reasons: tuple[str, ...]
    caveats: tuple[str, ...]
    deciding_k: int | None
    needed: Needed | None = None
    """Problems and samples that would settle it; for MEASURE-MORE only."""
    sensitivity: tuple[SensitivityRow, ...]
    underpowered: bool
    """Fewer held-out problems than a decision needs, or a rehearsal: not a basis for a release."""
    level: FractionOf1 = Field(gt=0.0, lt=1.0)
    """Of the intervals that it rests on."""
    foretold: Foretold | None = None
    """The diagnostics' predictions for minimal SSD, with their weights. Left out of the JSON where there is none."""
    look: Look | None = None
    """The interim analysis that decided; None where everything was measured at once."""

    @model_serializer(mode="wrap")
    def _without_nothing(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        written: dict[str, Any] = dump(self)
        if self.foretold is None:
            written.pop("foretold", None)
        return written

    @property
    def moves(self) -> tuple[Move, ...]:
        """The moves that it calls for, in their order: the minimal recipe first, also where a verifier would help."""
        match self.verdict:
            case VerdictKind.GO_SSD:
                return (Move.SSD,)
            case VerdictKind.GO_VERIFIER_AWARE_SSD:
                return (Move.SSD, Move.SSD_VERIFIED)
            case _:
                return () if self.other is None else (self.other,)


def decide_verdict(evidence: Evidence, thresholds: Thresholds | None = None) -> Verdict:
    """Decide which training move comes next.

    The table, with a case for each branch, is in ``docs/verdict.md``. The gap at the largest feasible k is compared
    with its threshold by its whole interval: GO needs all of it above, GO-OTHER all of it below, and an interval
    that reaches across gives MEASURE-MORE. Only then do mode correctness, learning signal, decode-only control and
    budget choose among the moves.
    """
    limits = thresholds or Thresholds()
    inputs = inputs_of(evidence, limits)
    finding = classify(inputs, limits)
    needed = _needed(evidence, inputs, limits) if finding.kind is VerdictKind.MEASURE_MORE else None
    n = max((each.n for each in evidence.table.overall.values()), default=0)
    few = n < limits.problems
    return Verdict(
        verdict=finding.kind,
        other=finding.choice.other if finding.choice else None,
        situation=finding.situation,
        hypothesis=hypothesis_of(evidence, inputs, finding, limits),
        justification=justification_of(evidence, inputs, finding, limits, needed, few=few),
        reasons=tuple(reasons_of(evidence, inputs, finding, limits)),
        caveats=tuple(caveats_of(evidence, inputs, finding, limits, n)),
        deciding_k=inputs.k,
        needed=needed,
        sensitivity=tuple(_sensitivity(inputs, limits)),
        underpowered=evidence.rehearsal or few,
        level=limits.level,
        foretold=evidence.foretold,
        look=evidence.look,
    )


def _needed(evidence: Evidence, inputs: Inputs, thresholds: Thresholds) -> Needed:
    gap = evidence.table.overall_of(GapAtK(inputs.k)) if inputs.k else None
    if isinstance(gap, Estimate):
        return needed_for(gap, thresholds.gap, fewest=thresholds.problems)
    samples = max(thresholds.least_k, thresholds.largest_k)
    return Needed(
        problems=max(thresholds.problems, evidence.table.problems),
        samples=samples,
        note="no gap could be measured, so this is the least that a verdict needs",
    )


def _sensitivity(inputs: Inputs, thresholds: Thresholds) -> Iterator[SensitivityRow]:
    """Each measured input at the ends of its interval, each declared one otherwise; the rest as it is."""
    if inputs.gap is not None and inputs.k is not None:
        for end in ("low", "value", "high"):
            value = getattr(inputs.gap, end)
            yield _row(str(GapAtK(inputs.k)), f"{end}: {100 * value:.1f} pp", with_gap(inputs, value), thresholds)
        for factor in (0.5, 2.0):
            moved = thresholds.model_copy(update={"gap": thresholds.gap * factor})
            yield _row("threshold of the gap", f"{100 * moved.gap:.1f} pp", inputs, moved)
    if inputs.gap is not None and inputs.k is not None and inputs.gap.high < thresholds.gap:
        yield from _ends(inputs, "best", str(PassAtK(inputs.k)), "{:.1f} %", thresholds)
        yield from _ends(inputs, "single", str(PASS_AT_1), "{:.1f} %", thresholds)
        yield from _ends(inputs, "beyond", "gap beyond the feasible k", "{:.1f} pp", thresholds)
    yield from _ends(inputs, "decode_lift", "lift of decoding alone", "{:+z.1f} pp", thresholds)
    if inputs.sharpening is not None and inputs.mode_can_be_wrong:
        for end in ("low", "high"):
            value = getattr(inputs.sharpening, end)
            at = f"{end}: {100 * value:+z.1f} pp"
            yield _row("effect of sharpening", at, with_sharpening(inputs, value), thresholds)
    if inputs.fall is not None:
        yield _row("diagnostics that foretell", "not heard", replace(inputs, fall=None), thresholds)
        certain = replace(inputs, fall=float(inputs.fall > 1.0 / 3.0))
        yield _row("diagnostics that foretell", "always right", certain, thresholds)
    if not inputs.affordable:
        yield _row("budget", "sufficient", replace(inputs, affordable=True), thresholds)
    other = not inputs.at_hand.verifier
    at_hand = inputs.at_hand.model_copy(update={"verifier": other})
    yield _row("verifier", "available" if other else "none", replace(inputs, at_hand=at_hand), thresholds)


def _ends(inputs: Inputs, field: str, name: str, shown: str, thresholds: Thresholds) -> Iterator[SensitivityRow]:
    """The verdicts at both ends of an input's interval, with the end in percent or percentage points as ``shown``."""
    span = getattr(inputs, field)
    for end in ("low", "high") if span is not None else ():
        value = getattr(span, end)
        moved = replace(inputs, **{field: span.at(value)})
        yield _row(name, f"{end}: {shown.format(100 * value)}", moved, thresholds)


def _row(name: str, at: str, inputs: Inputs, thresholds: Thresholds) -> SensitivityRow:
    finding = classify(inputs, thresholds)
    other = finding.choice.other if finding.choice else None
    return SensitivityRow(input=name, at=at, verdict=finding.kind, other=other)
