"""Whether the evidence on a checkpoint carries its promotion: every objection at once, each by name.

An objection that a person may answer for (a probe's alert, a lift that is not shown, a rehearsal) can be waived, by its
name and with a reason; the waiver goes into the ledger with whoever gave it. Nothing else can.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum

from pydantic import Field

from passgap.estimates import PairedDelta
from passgap.formatting import stated, stated_sizes
from passgap.probes import BatteryOutcome, ProbeStatus
from passgap.records import Insufficient, Record


class Ground(StrEnum):
    """The names of objections, other than those of probes."""

    HELD_OUT = "held-out"
    """There is no held-out result with an interval."""
    LIFT = "lift"
    """The interval of the change of pass@1 does not lie above 0."""
    WORSE = "worse"
    """It lies below 0."""
    CONTAMINATION = "contamination"
    """The problems that it was trained on were not compared with the held-out ones before it was trained."""
    BATTERY = "battery"
    """The battery was not run."""
    GATE = "gate"
    """It is a second round, and no open gate stands behind it."""
    WEIGHTS = "weights"
    """The files are not those that were measured."""
    REGISTRATION = "registration"
    """It was not pre-registered as the study stands now."""
    LICENCE = "licence"
    """The licence of the base model is not known."""
    SIGNATURE = "signature"
    """The study declares a key, and no signature by it vouches for the files."""
    REHEARSAL = "rehearsal"
    """The study was declared too small to decide anything."""


class Change(Record):
    """The change of pass@1 from an earlier model to the checkpoint, on the same held-out problems."""

    against: str
    """``base``, or ``round 1`` of a second round."""
    lift: PairedDelta


class GateEvidence(Record):
    """The gate behind a second round."""

    entry: str | None
    """The hash of its entry in the ledger, as the second round names it."""
    found: bool = False
    """Whether the ledger has this entry, of the same arm and the same first round."""
    open: bool = False
    """Whether its answer was that a second round may start."""
    trained_from_round1: bool = False
    """Whether the checkpoint was trained from the weights that the gate was asked about."""


class WeightsEvidence(Record):
    """The weights that were measured, and those that the checkpoint's folder holds now, by their digests."""

    measured: str | None
    """Of the held-out samples; None where there are none."""
    trained: str | None
    """As the fine-tune recorded them; None in studies of versions that did not."""
    found: str | None
    """None where the folder holds no weights."""
    folder: str


class PromotionEvidence(Record):
    """All that a promotion rests on."""

    arm: str
    round: int = Field(default=1, ge=1, le=2)
    changes: tuple[Change, ...] = ()
    """Against the base model, and of a second round against round 1."""
    lacking: str = ""
    """Why there is no held-out result."""
    contamination: str | None = None
    """The comparison, and its outcome; None where nothing was."""
    battery: BatteryOutcome | None = None
    gate: GateEvidence | None = None
    """Of a second round, and of a base model that a study trained."""
    weights: WeightsEvidence
    registration: str | None = None
    """The hash of the ledger's entry that the checkpoint was trained under."""
    changed: tuple[str, ...] = ()
    """The changes of the study since."""
    licence: str = ""
    signature: str | None = None
    """Why its signature does not vouch for it; None where it does, or where none is asked for."""
    rehearsal: bool = False
    safety: frozenset[str] = frozenset()
    """The probes whose alert nobody can waive."""


class PromotionWaiver(Record):
    """An objection that somebody answers for."""

    name: str = Field(min_length=1)
    """Of the objection: a probe's name, ``lift`` or ``rehearsal``."""
    reason: str = Field(min_length=1)


class Objection(Record):
    """A reason against a promotion."""

    name: str
    detail: str
    """The evidence that is lacking, and the remedy."""
    waivable: bool = False


class PromotionDecision(Record):
    """Whether the evidence carries a promotion."""

    granted: bool
    objections: tuple[Objection, ...]
    """Those that stand."""
    waived: tuple[Objection, ...] = ()
    idle: tuple[str, ...] = ()
    """Names of waivers for which there is no objection that can be waived: a misspelt waiver is not passed over."""


def decide_promotion(evidence: PromotionEvidence, waivers: Sequence[PromotionWaiver] = ()) -> PromotionDecision:
    """Grant a promotion if nothing is lacking, or all that is lacking can be waived and is."""
    found = tuple(_objections(evidence))
    names = {each.name for each in waivers}
    waived = tuple(each for each in found if each.waivable and each.name in names)
    standing = tuple(each for each in found if each not in waived)
    idle = tuple(sorted(names - {each.name for each in waived}))
    return PromotionDecision(granted=not standing and not idle, objections=standing, waived=waived, idle=idle)


def _objections(evidence: PromotionEvidence) -> Iterator[Objection]:
    yield from _results(evidence)
    if evidence.contamination is None:
        yield Objection(
            name=Ground.CONTAMINATION,
            detail="no record shows that what it was trained on was compared with the held-out problems before it was "
            "trained. Register and train the arm with passgap, whose registration holds the comparison.",
        )
    yield from _battery(evidence.battery, evidence.safety)
    yield from _gate(evidence)
    yield from _weights(evidence)
    if evidence.registration is None:
        yield Objection(
            name=Ground.REGISTRATION,
            detail="it was not pre-registered. `passgap register STUDY --arm ARM` comes before the training.",
        )
    for each in evidence.changed:
        yield Objection(name=Ground.REGISTRATION, detail=f"the study was changed since: {each}. Put it back.")
    if evidence.licence.strip().lower() in ("", "unknown", "none", "?"):
        yield Objection(
            name=Ground.LICENCE,
            detail="model.licence does not say under which licence the base model may be trained and served.",
        )
    if evidence.signature is not None:
        yield Objection(
            name=Ground.SIGNATURE,
            detail=f"{evidence.signature}. Whoever made the checkpoint signs it: `passgap promote STUDY --arm "
            f"{evidence.arm} --sign KEY`, or `model_signing sign key` of OpenSSF.",
        )
    if evidence.rehearsal:
        yield Objection(
            name=Ground.REHEARSAL,
            waivable=True,
            detail="the study is declared as a rehearsal, too small to decide anything. Measure on at least 200 "
            "held-out problems; a waiver lets it be served as a candidate, never as production.",
        )


def _results(evidence: PromotionEvidence) -> Iterator[Objection]:
    if not evidence.changes:
        why = evidence.lacking or "it was never measured"
        yield Objection(
            name=Ground.HELD_OUT,
            detail=f"there is no held-out result: {why}. `passgap run STUDY --arm {evidence.arm}` measures it.",
        )
    for each in evidence.changes:
        change = each.lift.delta
        if isinstance(change, Insufficient):
            yield Objection(
                name=Ground.HELD_OUT,
                detail=f"the change of pass@1 against {each.against} has no interval: {change.insufficient}.",
            )
            continue
        shown = f"pass@1 against {each.against} changed by {stated(change)} ({stated_sizes(change)})"
        if change.high < 0.0:
            yield Objection(name=Ground.WORSE, detail=f"{shown}: it is worse.")
        elif change.low <= 0.0 and each.against == "base":
            yield Objection(
                name=Ground.LIFT,
                waivable=True,
                detail=f"{shown}: no lift is shown. Measure more problems, or waive `lift` with the reason for which "
                f"it should be served all the same.",
            )


def _battery(battery: BatteryOutcome | None, safety: frozenset[str]) -> Iterator[Objection]:
    if battery is None or not battery.outcomes:
        yield Objection(name=Ground.BATTERY, detail="the battery was not run. `passgap run STUDY` runs it.")
        return
    said = {ProbeStatus.ALERT: "is out of tolerance", ProbeStatus.INSUFFICIENT: "could not be measured"}
    worst: dict[str, list[str]] = {}
    for each in battery.outcomes:  # an optional probe that could not be measured leaves the battery complete
        alert = each.status is ProbeStatus.ALERT and not battery.waived(each.probe)
        if alert or each in battery.missing:
            worst.setdefault(each.probe, []).append(f"{each.quantity} {said[each.status]}: {stated(each.drift)}")
    for probe, details in worst.items():
        remedy = (
            "It is a probe of safety, which cannot be waived" if probe in safety else f"Waive `{probe}` with a reason"
        )
        yield Objection(name=probe, waivable=probe not in safety, detail=f"{'; '.join(details)}. {remedy}.")


def _gate(evidence: PromotionEvidence) -> Iterator[Objection]:
    gate = evidence.gate
    if gate is None and evidence.round == 1:
        return
    gate = gate or GateEvidence(entry=None)
    if gate.entry is None or not gate.found:
        said = "no entry of the ledger holds a gate's answer for it"
    elif not gate.open:
        said = "the gate was closed"
    elif not gate.trained_from_round1:
        said = "it was trained from other weights than the gate was asked about"
    else:
        return
    yield Objection(
        name=Ground.GATE,
        detail=f"an ungated second round: {said}. `passgap gate STUDY`, then `passgap run STUDY --round 2`.",
    )


def _weights(evidence: PromotionEvidence) -> Iterator[Objection]:
    weights = evidence.weights
    if weights.found is None:
        yield Objection(
            name=Ground.WEIGHTS, detail=f"{weights.folder} holds no weights. Put the checkpoint that was measured back."
        )
        return
    for name, digest in (("were measured", weights.measured), ("the fine-tune wrote", weights.trained)):
        if digest is not None and digest != weights.found:
            yield Objection(
                name=Ground.WEIGHTS,
                detail=f"{weights.folder} holds other weights ({weights.found[:12]}) than {name} ({digest[:12]}): a "
                f"file was changed since. Put the files back, or measure what is there now.",
            )
