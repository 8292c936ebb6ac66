"""The number of calls from which an arm that costs more to make is the cheaper one in all."""

from __future__ import annotations

from passgap.decisions.pareto import Cost
from passgap.records import Record


class BreakEven(Record):
    """A number of calls with the range that the costs leave; both ends are it where the costs have no range."""

    calls: float
    low: float
    high: float | None
    """None where the saving per call may be none, for all that is known."""


def break_even(made: Cost, other_made: Cost, saved: Cost) -> BreakEven | None:
    """The calls after which the saving per call has paid for the dearer making.

    Args:
        made: what the arm that is cheaper to run costs to make, in device-hours.
        other_made: what the other one does.
        saved: what a call of the other one costs more.

    Returns:
        None where the first is not cheaper to run, or costs no more to make: then there is nothing to pay for.
    """
    extra = made.hours - other_made.hours
    if saved.hours <= 0.0 or extra <= 0.0:
        return None
    low, high = max(0.0, made.low - other_made.high), made.high - other_made.low
    return BreakEven(
        calls=extra / saved.hours,
        low=low / max(saved.high, saved.hours),
        high=high / saved.low if saved.low > 0.0 else None,
    )
