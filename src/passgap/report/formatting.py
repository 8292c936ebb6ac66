"""How measured numbers are written. Every function takes a :class:`Measured`: a bare number cannot be shown."""

from __future__ import annotations

from collections.abc import Iterable

from passgap.probes import ProbeOutcome
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
    return f"{value_of(measured)} ({level_of(measured.level)} interval {interval_of(measured)}, {sizes_of(measured)})"


def level_of(level: float) -> str:
    """The level of an interval: ``95 %``, ``98.33 %``."""
    return f"{100 * level:.4g} %"


class Intervals:
    """The intervals of one table or plot: where all have one level, its title says it; else each says its own."""

    def __init__(self, measured: Iterable[Measured]) -> None:
        self._levels = sorted({level_of(each.level) for each in measured if isinstance(each, Estimate)})

    @property
    def name(self) -> str:
        """``95 % intervals``; empty where there is none."""
        if len(self._levels) > 1:
            return "intervals at several levels"
        return f"{self._levels[0]} intervals" if self._levels else ""

    def titled(self, title: str) -> str:
        """The title with what the intervals are."""
        return f"{title}, {self.name}" if self.name else title

    def of(self, measured: Measured) -> str:
        """One interval, or the reason why there is none."""
        text = interval_of(measured)
        if len(self._levels) < 2 or isinstance(measured, Insufficient):
            return text
        return f"{text} at {level_of(measured.level)}"

    def beside(self, measured: Measured | None) -> str:
        """Value and interval in one cell; nothing where there is no such number."""
        if measured is None:
            return ""
        return f"{value_of(measured)}{':' if isinstance(measured, Insufficient) else ''} {self.of(measured)}"


def tolerance_of(outcome: ProbeOutcome) -> str:
    """How far a probe may drift, in the unit of its drift: percentage points, or percent of what base has."""
    of = " of base" if outcome.is_relative else ""
    return f"{outcome.rule.value} of at most {limit_of(outcome)}{of}"


def limit_of(outcome: ProbeOutcome) -> str:
    """The size of a tolerance alone: a share of base in percent, a difference in percentage points."""
    return f"{100 * outcome.tolerance:g} {'%' if outcome.is_relative else 'pp'}"


def _number(measured: Estimate, number: float) -> str:
    units = {
        "fraction": " %",
        "points": " pp",
        "difference": " pp",
        "ratio": "",
        "tokens": " tokens",
        "nats": " nats",
        "count": "",
    }
    return _bare(measured, number) + units[measured.unit]


def _bare(measured: Estimate, number: float) -> str:
    if measured.unit in ("fraction", "points"):
        return f"{100 * number:.1f}"
    if measured.unit == "difference":
        return f"{100 * number:+.1f}"
    if measured.unit == "ratio":
        return f"x{number:.2f}"
    return f"{number:.0f}" if measured.unit == "tokens" else f"{number:.3g}"
