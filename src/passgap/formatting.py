"""How every figure is written, from its unit.

A measured figure arrives as a :class:`~passgap.records.Measured`, so that none is shown without its interval, level and
sizes. What was metered, declared or predicted (tokens, seconds, device-hours, money) has a function of its own.
"""

from __future__ import annotations

from collections.abc import Iterable

from passgap.records import Estimate, Insufficient, Measured
from passgap.records.units import DeviceHours, Difference, FractionOf1, Money, Seconds, TokensPerSecond

# --- measured ---------------------------------------------------------------------------------------------------


def value_of(measured: Measured) -> str:
    """The value alone with its unit, for a table whose next column is the interval."""
    if isinstance(measured, Insufficient):
        return "insufficient"
    return _bare(measured, measured.value) + _UNITS[measured.unit]


def interval_of(measured: Measured) -> str:
    """The interval, in the value's unit; for what could not be measured, the reason."""
    if isinstance(measured, Insufficient):
        return measured.insufficient
    return f"[{_bare(measured, measured.low)}, {_bare(measured, measured.high)}]"


def sizes_of(measured: Measured) -> str:
    """How many problems and samples the figure rests on, and how many samples were left out."""
    sizes = f"n={measured.n}, m={measured.m}"
    return f"{sizes}, {measured.unscored} unscored" if measured.unscored else sizes


def sizes_in_words(measured: Measured, things: str = "problems") -> str:
    """The same for a reader who knows no symbols: ``200 problems, 16 samples each``."""
    each = f", {measured.m} samples each" if measured.m > 1 else ""
    unscored = f", {measured.unscored} unscored" if measured.unscored else ""
    return f"{measured.n} {things}{each}{unscored}"


def inline(measured: Measured) -> str:
    """Value, interval and sizes in running text."""
    if isinstance(measured, Insufficient):
        return f"not measurable ({measured.insufficient})"
    return f"{value_of(measured)} ({level_of(measured.level)} interval {interval_of(measured)}, {sizes_of(measured)})"


def stated(measured: Measured) -> str:
    """Value and interval in a sentence, ``12.3 % [9.1, 15.5]`` or ``+0.9 pp [-0.4, +2.2]``, or why there is none."""
    if isinstance(measured, Insufficient):
        return f"not measured ({measured.insufficient})"
    return f"{value_of(measured)} {interval_of(measured)}"


def stated_sizes(measured: Measured) -> str:
    """The sizes in a sentence: ``n = 224 problems, m = 16 samples each, 95 % intervals``."""
    text = f"n = {measured.n} problems, m = {measured.m} samples each"
    return f"{text}, {level_of(measured.level)} intervals" if isinstance(measured, Estimate) else text


def level_of(level: FractionOf1) -> str:
    """The level of an interval: ``95 %``, ``98.33 %``."""
    return f"{100 * level:.4g} %"


class Intervals:
    """The intervals of one table or chart: where all have one level, its title says it; else each says its own."""

    def __init__(self, measured: Iterable[Measured]) -> None:
        self._levels = sorted({level_of(each.level) for each in measured if isinstance(each, Estimate)})

    @property
    def differ(self) -> bool:
        """Whether they have several levels."""
        return len(self._levels) > 1

    @property
    def name(self) -> str:
        """``95 % intervals``; empty where there is none."""
        if self.differ:
            return "intervals at several levels"
        return f"{self._levels[0]} intervals" if self._levels else ""

    def titled(self, title: str) -> str:
        """The title with the level of the intervals."""
        return f"{title}, {self.name}" if self.name else title

    def of(self, measured: Measured) -> str:
        """One interval, or the reason why there is none."""
        text = interval_of(measured)
        if not self.differ or isinstance(measured, Insufficient):
            return text
        return f"{text} at {level_of(measured.level)}"

    def beside(self, measured: Measured | None) -> str:
        """Value and interval in one cell; empty where there is no such figure."""
        if measured is None:
            return ""
        return f"{value_of(measured)}{':' if isinstance(measured, Insufficient) else ''} {self.of(measured)}"


_UNITS = {
    "fraction": " %",
    "points": " pp",
    "difference": " pp",
    "ratio": "",
    "tokens": " tokens",
    "nats": " nats",
    "count": "",
    "hours": " h",
    "money": "",
}


def _bare(measured: Estimate, number: float) -> str:
    """A number of an estimate without its unit; a difference that rounds to nothing is ``+0.0``, never ``-0.0``."""
    if measured.unit in ("fraction", "points"):
        return f"{100 * number:z.1f}"
    if measured.unit == "difference":
        return f"{100 * number:+z.1f}"
    if measured.unit == "ratio":
        return f"x{number:.2f}"
    if measured.unit in ("tokens", "count"):
        return f"{number:,.0f}" if measured.unit == "count" else f"{number:.0f}"
    return f"{number:.3g}"


# --- metered, declared and predicted ----------------------------------------------------------------------------


def points(difference: Difference) -> str:
    """A declared difference of fractions in percentage points: ``5 pp``."""
    return f"{100 * difference:g} pp"


def share(fraction: FractionOf1) -> str:
    """A declared fraction in percent: ``25 %``."""
    return f"{100 * fraction:g} %"


def count(number: int) -> str:
    """Tokens, samples, problems, updates: ``403,200``."""
    return f"{number:,}"


def per_second(rate: TokensPerSecond) -> str:
    """A rate of tokens: ``1,034``."""
    return f"{rate:,.0f}"


def seconds(spent: Seconds) -> str:
    """Device-seconds that were metered: ``1,116.0``."""
    return f"{spent:,.1f}"


def milliseconds(spent: Seconds) -> str:
    """A short time, given in seconds: ``17.8 ms``."""
    return f"{1000 * spent:.1f} ms"


def hours(spent: DeviceHours) -> str:
    """Device-hours that were metered: ``0.310``."""
    return f"{spent:.3f}"


def extra_hours(difference: DeviceHours) -> str:
    """Device-hours more or less than another arm's: ``+0.500``."""
    return f"{difference:+z.3f}"


def money(spent: Money) -> str:
    """Money that was spent, in the study's currency: ``0.031``."""
    return f"{spent:.3f}"


def few_hours(spent: DeviceHours) -> str:
    """Device-hours that may be very few, with as many digits as tell them from none: ``1.310``, ``0.00042``."""
    return f"{spent:.3f}" if spent >= 0.1 or spent == 0.0 else f"{spent:.2g}"


def few_money(spent: Money) -> str:
    """Money that may be very little: ``0.031``, ``0.00042``."""
    return few_hours(spent)


def predicted(amount: float) -> str:
    """Predicted device-hours, days or money, which are known less well than what was metered: ``0.31``."""
    return f"{amount:.2f}"


def budgeted(amount: float) -> str:
    """Device-hours or days as they were declared: ``2``, ``0.5``."""
    return f"{amount:g}"


def factor(times: float) -> str:
    """How many times as much: ``2.3``."""
    return f"{times:.1f}"


def probability(share_of_draws: FractionOf1) -> str:
    """The probability of an event over the draws of a bootstrap: ``0.84``; never 0 or 1, which no draws can show."""
    return "< 0.01" if share_of_draws < 0.005 else "> 0.99" if share_of_draws > 0.995 else f"{share_of_draws:.2f}"


def p_value(p: float) -> str:
    """The p-value of a test: ``0.0031``."""
    return f"{p:.2g}"


def similarity(score: float) -> str:
    """A similarity from 0 to 1: ``0.91``."""
    return f"{score:.2f}"
