"""The spread between seeds: how it widens an interval over problems, and how large it is.

The design is crossed: every seed's checkpoint answers the same problems. A mean over both varies with the problems and
with the seeds that were drawn. The interval over problems is that of one checkpoint, on each problem's mean over the
seeds. The seeds' means vary by themselves, and because each is a mean over finitely many problems and samples; the
second part, the interaction of problem and seed, is in the interval over problems already. From three seeds on it is
taken out of the variance of the seeds' means, as in the analysis of variance for several readers of the same cases
(Hillis 2007, Statistics in Medicine 26); of two seeds it is left in, where the difference would be too uncertain.

Both parts are added as squares of half-widths, each at its own Student's t (Howe 1974, Journal of the American
Statistical Association 69; Zou and Donner 2008, Statistics in Medicine 27). Satterthwaite's degrees of freedom, which
pool them first, hold a nominal 95 % in 88 to 92 % where few seeds differ much (``docs/statistics.md``).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from passgap.estimates.counts import FloatArray
from passgap.estimates.intervals import t_quantile
from passgap.estimates.measured import DEFAULT_LEVEL
from passgap.records import Estimate, Insufficient, Measured

SPREAD_METHOD = "standard deviation between seeds, chi-squared"


FEWEST_FOR_NOISE = 3
"""Seeds from which on the part of their spread that is noise is taken out of it."""


@dataclass(frozen=True)
class SeedSpread:
    """The spread of the seeds' means, as one term of a variance."""

    seeds: int
    variance: float
    """Of the seeds' means."""
    noise: float = 0.0
    """The part of it that finitely many problems and samples give: the interaction of problem and seed."""

    @property
    def of_mean(self) -> float:
        """The variance that the mean over the seeds has because of the seeds."""
        noise = self.noise if self.seeds >= FEWEST_FOR_NOISE else 0.0
        return max(0.0, self.variance - noise) / self.seeds


def spread_between(scores: FloatArray) -> SeedSpread:
    """The spread of the seeds in scores of shape (seeds, problems), of which there are two seeds at least."""
    seeds, problems = scores.shape
    means = scores.mean(axis=1)
    rest = scores - scores.mean(axis=0) - means[:, None] + means.mean()
    noise = float((rest**2).sum()) / ((problems - 1) * (seeds - 1)) / problems if problems > 1 else 0.0
    return SeedSpread(seeds, float(np.var(means, ddof=1)), noise)


def spread_of_seeds(values: Sequence[float], *, n: int, level: float = DEFAULT_LEVEL) -> Measured:
    """The standard deviation between the values that seeds gave, with its chi-squared interval.

    Args:
        values: one for each seed: its mean over problems, a fraction of 1.
        n: problems that each is a mean of.
        level: of the interval.
    """
    seeds = len(values)
    if seeds < 2:
        return Insufficient(insufficient="a spread needs two seeds", n=n, m=seeds)
    deviation = float(np.std(values, ddof=1))
    tail = (1.0 - level) / 2.0
    low, high = (deviation * math.sqrt((seeds - 1) / float(special.chdtri(seeds - 1, p))) for p in (tail, 1.0 - tail))
    return Estimate(
        value=deviation,
        low=low,
        high=high,
        level=level,
        n=n,
        m=seeds,
        method=f"{SPREAD_METHOD}, {seeds} seeds",
        unit="points",
    )


def widened_by_seeds(measured: Measured, spreads: Sequence[SeedSpread], low: float, high: float) -> Measured:
    """An estimate over problems with the spread of seeds in its interval, within the bounds of the quantity."""
    half = _half_width(measured)
    if half is None or isinstance(measured, Insufficient):
        return measured
    wider = math.sqrt(1.0 + _of_seeds(spreads, measured.level) / half**2)
    seeds = " and ".join(str(each.seeds) for each in spreads)
    return measured.model_copy(
        update={
            "low": max(low, measured.value - wider * (measured.value - measured.low)),
            "high": min(high, measured.value + wider * (measured.high - measured.value)),
            "method": f"{measured.method}; with the spread of {seeds} seeds",
        }
    )


def p_value_with_seeds(measured: Measured, spreads: Sequence[SeedSpread]) -> float | None:
    """The p-value of "the mean change is 0": 1 less the level at which the widened interval just reaches 0."""
    half = _half_width(measured)
    if half is None or isinstance(measured, Insufficient):
        return None
    error = half / t_quantile(measured.level, measured.n - 1)

    def beyond(p: float) -> float:
        reach = (t_quantile(1.0 - p, measured.n - 1) * error) ** 2 + _of_seeds(spreads, 1.0 - p)
        return math.sqrt(reach) - abs(measured.value)

    if beyond(_LEAST) <= 0.0:
        return _LEAST
    from scipy import optimize  # noqa: PLC0415 - it takes a quarter of a second, and one seed needs none of it

    return float(optimize.brentq(beyond, _LEAST, 1.0)) if measured.value else 1.0


_LEAST = 1e-12
"""The least p-value that is told from 0."""


def _of_seeds(spreads: Sequence[SeedSpread], level: float) -> float:
    """The square of the half-width that the spreads of seeds give by themselves."""
    return sum(t_quantile(level, each.seeds - 1) ** 2 * each.of_mean for each in spreads)


def _half_width(measured: Measured) -> float | None:
    """Half the width of an interval over problems; None where there is none that could be widened."""
    if isinstance(measured, Insufficient) or measured.n < 2:
        return None
    half = (measured.high - measured.low) / 2.0
    return half if half > 0.0 else None
