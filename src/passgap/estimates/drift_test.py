"""Whether a drift is beyond chance, and the smallest drift that would be: read off intervals, whatever gave them."""

from __future__ import annotations

import math

from scipy import special

from passgap.estimates.intervals import t_quantile
from passgap.records import Estimate

POWER = 0.8
"""The probability with which a detectable drift raises an alert."""


def drift_p_value(drift: Estimate) -> float:
    """The two-sided p-value of "nothing drifted", by inverting the drift's interval with Student's t.

    Ratios are compared with 1 on the log scale, anything else with 0. It is at most ``1 - level`` exactly where the
    interval leaves that value out. Where the interval is not symmetric, its side towards that value counts.
    """
    value, towards = _from_none(drift)
    if value == 0.0:
        return 1.0
    if towards <= 0.0:
        return 0.0
    degrees = max(1, drift.n - 1)
    return min(1.0, 2.0 * float(special.stdtr(degrees, -value / towards * t_quantile(drift.level, degrees))))


def one_sided_p_value(drift: Estimate, *, rise: bool) -> float:
    """The p-value of "it did not drift in this direction", by the same interval."""
    both = drift_p_value(drift)
    return both / 2.0 if (_centred(drift, drift.value) > 0.0) is rise else 1.0 - both / 2.0


def standard_error_of(drift: Estimate) -> float:
    """The standard error of a drift, of a ratio on the log scale, read off its interval."""
    low, high = (_centred(drift, each) for each in (drift.low, drift.high))
    return (high - low) / 2.0 / t_quantile(drift.level, max(1, drift.n - 1))


def smallest_alerting(
    tolerance: float, error: float, variance: float, n: int, *, relative: bool = False, power: float = POWER
) -> float | None:
    """The smallest true drift that raises an alert with probability ``power``; None where even the largest does not.

    An alert takes a drift beyond the tolerance whose p-value is at most ``error``. Beside the noise of sampling,
    prompts differ in how much they drift: a share is supposed to drift by all of a score on some prompts and not at all
    on the others, and a ratio, on the log scale, by amounts whose standard deviation is their mean.

    Args:
        tolerance: a fraction of 1.
        error: of the one probe: that of the battery over the number of its probes.
        variance: of the drift where nothing drifted, of a ratio on the log scale.
        n: prompts or problems.
        relative: whether the tolerance is a share of the base model's value.
        power: the wanted probability.

    Returns:
        The drift as a fraction of 1: a difference, or a ratio less 1.
    """
    if n < 2:
        return None
    quantile, beyond = t_quantile(1.0 - error, n - 1), float(special.ndtri(power))

    def alerts(drift: float) -> bool:
        size, limit = (math.log1p(each) if relative else each for each in (drift, tolerance))
        between = size**2 if relative else size * (1.0 - size)
        spread = math.sqrt(variance + between / n)
        return size - max(limit, quantile * spread) >= beyond * spread

    most = 100.0 if relative else 1.0
    if not alerts(most):
        return None
    low, high = tolerance, most
    while high - low > 1e-4:
        middle = (low + high) / 2.0
        low, high = (low, middle) if alerts(middle) else (middle, high)
    return high


def needed_to_show(
    tolerance: float, error: float, variance: float, n: int, *, relative: bool = False, power: float = POWER
) -> int:
    """About how many prompts or problems it takes until twice the tolerance raises an alert with this power.

    Each has as many answers as those that gave ``variance``; see :func:`smallest_alerting` for the arguments.
    """
    size, limit = (math.log1p(each) if relative else each for each in (2.0 * tolerance, tolerance))
    quantile, beyond = float(special.ndtri(1.0 - error / 2.0)), float(special.ndtri(power))
    largest = min(size / (quantile + beyond), (size - limit) / beyond)
    between = size**2 if relative else size * (1.0 - size)
    return math.ceil((variance * n + between) / largest**2)


def _from_none(drift: Estimate) -> tuple[float, float]:
    """How far a drift is from none, and how far its bound on that side is from it."""
    value = _centred(drift, drift.value)
    bound = _centred(drift, drift.low if value > 0.0 else drift.high)
    return abs(value), abs(value - bound)


def _centred(drift: Estimate, value: float) -> float:
    if drift.unit != "ratio":
        return value
    return math.log(value) if value > 0.0 else -math.inf
