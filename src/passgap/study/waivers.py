"""Waivers: probes whose alert stops nothing, by name and reason, and since when the ledger says so."""

from __future__ import annotations

from pydantic import JsonValue

from passgap.probes import BatteryOutcome, Waiver
from passgap.study.context import REGISTRATION, VERDICT, WAIVER, StudyContext


def record_waivers(context: StudyContext) -> None:
    """Write each declared waiver into the ledger, once."""
    for probe, reason in context.spec.waivers.items():
        context.record_once(WAIVER, _payload(probe, reason))


def with_waivers(context: StudyContext, battery: BatteryOutcome) -> BatteryOutcome:
    """The battery of an arm with the waivers of the study."""
    waivers = waivers_for(context, battery.arm)
    return battery.model_copy(update={"waivers": waivers}) if waivers else battery


def waivers_for(context: StudyContext, arm: str) -> tuple[Waiver, ...]:
    """The declared waivers; one is late where it was recorded after the arm was registered.

    An arm that is not registered, such as a chosen decoding, counts as registered with the verdict.
    """
    after = _begun(context, arm)
    return tuple(
        Waiver(probe=probe, reason=reason, late=_late(context, _payload(probe, reason), after))
        for probe, reason in context.spec.waivers.items()
    )


def _payload(probe: str, reason: str) -> JsonValue:
    return {"probe": probe, "reason": reason}


def _late(context: StudyContext, payload: JsonValue, after: int | None) -> bool:
    entry = context.recorded(WAIVER, payload)
    return entry is None or (after is not None and entry.sequence > after)


def _begun(context: StudyContext, arm: str) -> int | None:
    """The place in the ledger from which on nobody may waive anything for an arm in time."""
    ledger = context.folder.ledger
    for entry in ledger.of_kind(REGISTRATION):
        spec = entry.payload.get("spec") if isinstance(entry.payload, dict) else None
        if isinstance(spec, dict) and spec.get("arm") == arm:
            return entry.sequence
    verdicts = ledger.of_kind(VERDICT)
    return verdicts[0].sequence if verdicts else None
