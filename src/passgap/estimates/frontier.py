"""Decoding frontiers: the pass@1 that a model reaches at a given pass@k or diversity, whatever its decoding.

A model is measured at several decodings on the same problems. Between measured temperatures, the means over problems
are interpolated (monotone cubic, PCHIP: Fritsch & Carlson 1980), one curve per truncation; all curves share greedy
decoding as their cold end. The *frontier* ``f(x)`` is the highest pass@1 on any curve at which the other quantity
(pass@k, or diversity) is at least ``x``: a decoding that is better in both is never ruled out by being too diverse.

Two models are compared by the mean of ``f_arm(x) - f_base(x)`` over the range of ``x`` that both reach. A model that is
the base model at another temperature has the same frontier, so that its mean distance is 0. The interval is a bootstrap
over problems: each draw takes the same problems for both models, and computes both curves, their common range and the
distance anew, so that the uncertainty of sampling, of the interpolation and of the range is in it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from passgap.estimates.counts import FloatArray
from passgap.estimates.intervals import t_quantile
from passgap.estimates.measured import SMALL_WARNING
from passgap.records import Estimate, Insufficient, Measured

DRAWS = 2_000
SEED = 20_261_128

FEWEST = 10
"""Problems below which no distance is estimated."""
DISTANCE_METHOD = "bootstrap over problems, both curves drawn anew, bias-corrected"

STEPS = 64
"""Temperatures at which a curve is evaluated between its measured ones."""
LEVELS = 12
"""Values of the matched quantity over which the distance is averaged."""
_TOLERANCE = 1e-9


@dataclass(frozen=True, eq=False)
class SweptPoint:
    """The scores of a model at one decoding, each of shape (problems,), in the same order of problems everywhere."""

    temperature: float
    """0 is greedy."""
    truncation: tuple[int, float]
    """top-k and top-p. Points that agree in it are joined to a curve; greedy ones belong to every curve."""
    single: FloatArray
    """pass@1 of each problem."""
    wide: FloatArray
    """The quantity at which frontiers are matched, of each problem, in [0, 1]: pass@k, or the diversity of samples."""


@dataclass(frozen=True, eq=False)
class Curves:
    """A frontier in every draw: the points of its curves, shape (points, draws)."""

    temperatures: FloatArray
    """Of each point, shape (points,)."""
    wide: FloatArray
    single: FloatArray

    @property
    def widest(self) -> FloatArray:
        """The largest value of the matched quantity that is reached, in each draw."""
        return np.asarray(self.wide.max(axis=0))

    @property
    def at_best(self) -> FloatArray:
        """The matched quantity where pass@1 is highest: below it, nothing is gained by giving up more of it."""
        return np.asarray(np.take_along_axis(self.wide, self.single.argmax(axis=0)[None], axis=0)[0])

    def best(self, at_least: FloatArray) -> FloatArray:
        """``f(x)``: the highest pass@1 with at least ``x`` of the matched quantity; beyond the widest, that at it.

        Args:
            at_least: ``x``, shape (levels, draws).
        """
        reached = np.minimum(at_least, self.widest)
        found: FloatArray = np.stack(
            [np.where(self.wide >= row - _TOLERANCE, self.single, -np.inf).max(axis=0) for row in reached]
        )
        return found

    def coldest(self, at_least: FloatArray) -> FloatArray:
        """The lowest temperature with at least ``x`` of the matched quantity, shape (draws,); NaN where none has."""
        hot = np.where(self.wide >= at_least - _TOLERANCE, self.temperatures[:, None], np.inf).min(axis=0)
        return np.asarray(np.where(np.isfinite(hot), hot, np.nan))


def draw_weights(problems: int, draws: int = DRAWS, seed: int = SEED) -> FloatArray:
    """How much each problem counts in each draw, shape (draws + 1, problems). The first row is the data themselves."""
    generator = np.random.default_rng(seed)
    drawn = generator.multinomial(problems, np.full(problems, 1.0 / problems), size=draws) / problems
    return np.vstack([np.full((1, problems), 1.0 / problems), drawn])


def draw_curves(points: Sequence[SweptPoint], weights: FloatArray) -> Curves:
    """The curves of a model in every draw.

    Args:
        points: all on the same problems.
        weights: of the problems, shape (draws, problems).

    Raises:
        ValueError: there are no points, or two at one decoding.
    """
    if not points:
        raise ValueError("a frontier has at least one point")
    greedy = [each for each in points if each.temperature == 0.0]
    warm = sorted((each for each in points if each.temperature > 0.0), key=lambda each: each.temperature)
    if len(greedy) > 1:
        raise ValueError("greedy decoding has one point, whatever the truncation")
    parts = []
    for truncation in dict.fromkeys(each.truncation for each in warm) or [(0, 1.0)]:
        joined = [*greedy, *(each for each in warm if each.truncation == truncation)]
        parts.append(_curve(joined, weights))
    return Curves(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _curve(points: Sequence[SweptPoint], weights: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """One curve: temperatures, the matched quantity, and pass@1, at the measured temperatures and between them."""
    measured = np.array([each.temperature for each in points])
    if len(set(measured)) < len(measured):
        raise ValueError(f"two points at one decoding: {sorted(measured)}")
    wide = np.stack([weights @ each.wide for each in points])
    single = np.stack([weights @ each.single for each in points])
    if len(points) == 1:
        return measured, wide, single
    from scipy.interpolate import PchipInterpolator  # noqa: PLC0415 - it takes half a second, and few studies have curves

    between = np.union1d(measured, np.linspace(measured[0], measured[-1], STEPS))
    return between, *(PchipInterpolator(measured, each, axis=0)(between) for each in (wide, single))


def mean_distance(arm: Curves, base: Curves, levels: int = LEVELS) -> FloatArray:
    """The mean of ``f_arm(x) - f_base(x)`` over the ``x`` that both reach, in each draw.

    The range begins where one of the two has its highest pass@1, below which both are flat or one is better throughout,
    and ends at the widest that the narrower one reaches.
    """
    low = np.minimum(arm.at_best, base.at_best)
    high = np.minimum(arm.widest, base.widest)
    shares = (np.arange(levels) + 0.5)[:, None] / levels
    at = low + (high - low) * shares
    return np.asarray((arm.best(at) - base.best(at)).mean(axis=0))


def estimate_distance(
    arm: Sequence[SweptPoint], base: Sequence[SweptPoint], *, m: int, level: float, draws: int = DRAWS, seed: int = SEED
) -> Measured:
    """The mean distance of an arm's frontier from the base model's, with its interval over problems.

    Args:
        arm: its points.
        base: those of the base model, on the same problems.
        m: samples per problem.
        level: of the interval.
        draws: of the bootstrap.
        seed: of the draws: the same data always give the same interval.

    Returns:
        ``Insufficient`` with fewer than :data:`FEWEST` problems.
    """
    problems = len(base[0].single)
    if problems < FEWEST:
        return Insufficient(insufficient=f"frontiers are compared on {FEWEST} problems or more", n=problems, m=m)
    weights = draw_weights(problems, draws, seed)
    drawn = mean_distance(draw_curves(arm, weights), draw_curves(base, weights))
    return bias_corrected(drawn, level=level, m=m, n=problems, differing=differing_problems(arm, base))


def differing_problems(arm: Sequence[SweptPoint], base: Sequence[SweptPoint]) -> int:
    """The problems that tell anything: their scores are not the same at every point of both models."""
    scores = np.stack([each.single for each in (*arm, *base)])
    return int((np.ptp(scores, axis=0) > 0.0).sum())


def bias_corrected(drawn: FloatArray, *, level: float, m: int, n: int, differing: int) -> Estimate:
    """A difference of two maxima from its bootstrap draws, of which the first is that of the data themselves.

    The highest of several noisy points is too high, and more so where a curve is flat; the draws are too high by as
    much again, so that what they exceed the data by is taken off (Efron & Tibshirani 1993, ch. 10). The interval is
    Student's t over problems with the standard deviation of the draws. Where fewer than 40 problems tell anything, up
    to half a pseudo-problem at each end is added to the variance: that hardly any differs may be chance.
    """
    value = float(np.clip(2.0 * drawn[0] - drawn[1:].mean(), -1.0, 1.0))
    pseudo = max(0.05, 0.5 * (1.0 - differing / 40.0))
    variance = float(drawn[1:].var(ddof=1)) + 2.0 * pseudo / n**2
    half = t_quantile(level, n - 1) * math.sqrt(variance)
    return Estimate(
        value=value,
        low=max(-1.0, value - half),
        high=min(1.0, value + half),
        level=level,
        n=n,
        m=m,
        method=DISTANCE_METHOD,
        unit="difference",
        warning="" if n >= SMALL_WARNING else f"only {n} problems",
    )
