"""All probes of a battery at once: an alert is a drift outside its tolerance that is beyond chance over all of them."""

from __future__ import annotations

from collections.abc import Sequence

from passgap.formatting import p_value
from passgap.probes._outcome import ProbeOutcome, ProbeStatus
from passgap.records import Estimate


def judged_together(outcomes: Sequence[ProbeOutcome], error: float) -> tuple[ProbeOutcome, ...]:
    """The same outcomes, whose alerts hold together.

    Each drift has a p-value of "nothing drifted", adjusted by Holm over all probes that could be measured. Where it is
    above ``error``, a drift outside its tolerance is unresolved. So a model that has not drifted raises any alert with
    a probability of at most ``error``, whatever the probes have to do with each other.
    """
    from passgap.estimates.drift_test import drift_p_value  # noqa: PLC0415 - a study is checked without numerics
    from passgap.estimates.multiplicity import holm  # noqa: PLC0415

    raw = {each.probe: drift_p_value(each.drift) for each in outcomes if isinstance(each.drift, Estimate)}
    adjusted = holm(raw)
    return tuple(_judged(each, adjusted.get(each.probe), error) for each in outcomes)


def _judged(outcome: ProbeOutcome, adjusted: float | None, error: float) -> ProbeOutcome:
    if adjusted is None or outcome.status is not ProbeStatus.ALERT:
        return outcome.model_copy(update={"p_value": adjusted})
    told = f"p = {p_value(adjusted)} over all probes (Holm)"
    if adjusted <= error:
        return outcome.model_copy(update={"p_value": adjusted, "note": _joined(outcome.note, told)})
    note = _joined(outcome.note, f"outside its tolerance, which may be chance: {told}")
    return outcome.model_copy(update={"p_value": adjusted, "note": note, "status": ProbeStatus.UNRESOLVED})


def _joined(*notes: str) -> str:
    return "; ".join(filter(None, notes))
