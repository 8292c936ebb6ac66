"""The spread between seeds: how it widens an interval over problems, and how large it is.

The design is crossed: every seed's checkpoint answers the same problems. A mean over both varies with the problems and
with the seeds that were drawn. The variance over problems is that of the interval of one checkpoint, on each problem's
mean over the seeds; to it is added the variance of the seeds' means over the number of seeds. The part that belongs to
problem and seed together, such as the samples that are drawn anew for each seed, is in both, so that the sum errs on
the wide side. The degrees of freedom of the sum are Satterthwaite's (1946, Biometrics Bulletin 2), as for several
readers of the same cases (Hillis 2007, Statistics in Medicine 26): with few seeds that differ much they are few.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from passgap.estimates.intervals import t_quantile
from passgap.estimates.measured import DEFAULT_LEVEL
from passgap.records import Estimate, Insufficient, Measured

SPREAD_METHOD = "standard deviation between seeds, chi-squared"


@dataclass(frozen=True)
class SeedSpread:
    """The spread of the seeds' means, as one term of a variance."""

    seeds: int
    variance: float
    """Of the seeds' means."""

    @property
    def of_mean(self) -> float:
        """The variance that the mean over the seeds has because of it."""
        return self.variance / self.seeds


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
    found = with_spreads(measured, spreads)
    if found is None or isinstance(measured, Insufficient):
        return measured
    degrees, wider, _ = found
    seeds = " and ".join(str(each.seeds) for each in spreads)
    return measured.model_copy(
        update={
            "low": max(low, measured.value - wider * (measured.value - measured.low)),
            "high": min(high, measured.value + wider * (measured.high - measured.value)),
            "method": f"{measured.method}; with the spread of {seeds} seeds, {degrees:.1f} degrees of freedom",
        }
    )


def with_spreads(measured: Measured, spreads: Sequence[SeedSpread]) -> tuple[float, float, float] | None:
    """The degrees of freedom of the whole variance, the factor by which an interval widens, and the standard error."""
    if isinstance(measured, Insufficient) or measured.n < 2:
        return None
    plain = t_quantile(measured.level, measured.n - 1)
    problems = ((measured.high - measured.low) / 2.0 / plain) ** 2
    total = problems + sum(each.of_mean for each in spreads)
    if total <= 0.0:
        return None
    parts = [(problems, measured.n - 1), *((each.of_mean, each.seeds - 1) for each in spreads)]
    degrees = total**2 / sum(part**2 / freedom for part, freedom in parts)
    wider = t_quantile(measured.level, degrees) / plain * math.sqrt(total / problems) if problems > 0.0 else 1.0
    return degrees, max(1.0, wider), math.sqrt(total)
