"""How measured numbers are written. Every function takes a :class:`Measured`: a bare number cannot be shown."""

from __future__ import annotations

from passgap.records import Estimate, Insufficient, Measured


def value_of(measured: Measured) -> str:
    """The value alone with its unit, for a table whose next column is the interval."""
    if isinstance(measured, Insufficient):
        return "insufficient"
    return _number(measured, measured.value)


def interval_of(measured: Measured) -> str:
    """The interval, in the value's unit; for what could not be measured, the reason."""
    if isinstance(measured, Insufficient):
        return measured.insufficient
    return f"[{_bare(measured, measured.low)}, {_bare(measured, measured.high)}]"


def sizes_of(measured: Measured) -> str:
    """How many problems and samples the number rests on, and what was left out."""
    sizes = f"n={measured.n}, m={measured.m}"
    return f"{sizes}, {measured.unscored} unscored" if measured.unscored else sizes


def inline(measured: Measured) -> str:
    """Value, interval and sizes in running text."""
    if isinstance(measured, Insufficient):
        return f"not measurable ({measured.insufficient})"
    level = f"{100 * measured.level:g} % interval"
    return f"{value_of(measured)} ({level} {interval_of(measured)}, {sizes_of(measured)})"


def _number(measured: Estimate, number: float) -> str:
    units = {"fraction": " %", "difference": " pp", "ratio": "", "tokens": " tokens", "nats": " nats", "count": ""}
    return _bare(measured, number) + units[measured.unit]


def _bare(measured: Estimate, number: float) -> str:
    if measured.unit == "fraction":
        return f"{100 * number:.1f}"
    if measured.unit == "difference":
        return f"{100 * number:+.1f}"
    if measured.unit == "ratio":
        return f"x{number:.2f}"
    return f"{number:.0f}" if measured.unit == "tokens" else f"{number:.3g}"
