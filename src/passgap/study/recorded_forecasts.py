"""The forecasts of a study's arms in its ledger: each as it was before its arm began."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import JsonValue

from passgap.records.yields import YieldForecast
from passgap.study.context import REGISTRATION, StudyContext

FORECAST = "forecast"
"""The ledger's entries with forecasts."""


def record_forecasts(
    context: StudyContext, forecasts: Sequence[YieldForecast], beginning: str | None = None
) -> dict[str, YieldForecast]:
    """Put into the ledger what is new of these forecasts, and return the recorded one of each arm.

    An arm that has begun keeps the forecast that it began under, and has none where it began before there were any:
    what is computed afterwards foretells nothing. A study of which arms had begun by then gets none for the others
    either, until they begin.

    Args:
        context: the study.
        forecasts: as they are now.
        beginning: the arm that is about to begin, of which alone anything is put down; None before any begins.
    """
    recorded, begun = recorded_forecasts(context), _begun(context)
    if context.read_only or (begun and not recorded and beginning is None):
        return recorded
    new = [
        each
        for each in forecasts
        if each.arm not in begun
        and beginning in (None, each.arm)
        and (each.arm not in recorded or _yields(each) != _yields(recorded[each.arm]))
    ]
    if new:
        written: list[JsonValue] = [each.model_dump(mode="json") for each in new]
        context.record(FORECAST, {"arms": written})
    return recorded | {each.arm: each for each in new}


def recorded_forecasts(context: StudyContext) -> dict[str, YieldForecast]:
    """The forecast of each arm that the ledger has, the last before it began."""
    found: dict[str, YieldForecast] = {}
    for entry in context.folder.ledger.of_kind(FORECAST):
        arms = entry.payload.get("arms") if isinstance(entry.payload, dict) else None
        for each in arms if isinstance(arms, list) else []:
            forecast = YieldForecast.model_validate(each)
            found[forecast.arm] = forecast
    return found


def _yields(forecast: YieldForecast) -> YieldForecast:
    """A forecast without what depends on how fast the machine was just now."""
    return forecast.model_copy(update={"hours": None, "money": None})


def has_begun(context: StudyContext, arm: str) -> bool:
    """Whether an arm is pre-registered, so that nothing that is foretold now can hold it back."""
    return arm in _begun(context)


def _begun(context: StudyContext) -> frozenset[str]:
    """The arms that are pre-registered."""
    entries = context.folder.ledger.of_kind(REGISTRATION)
    specs = (entry.payload.get("spec") for entry in entries if isinstance(entry.payload, dict))
    return frozenset(str(spec["arm"]) for spec in specs if isinstance(spec, dict) and "arm" in spec)
