"""The p-value of a test that may be looked at several times while its data grow: error is spent look by look.

The error ``a`` of a one-sided test is spent over its looks by the function of Lan and DeMets (1983, Biometrika 70) that
is close to the boundaries of O'Brien and Fleming (1979, Biometrics 35): ``2 - 2 Phi(z(a / 2) / sqrt(t))`` of it is
spent by the information fraction ``t``. The sequential p-value is the smallest ``a`` at which such a test has rejected
by now (Liu and Anderson 2008, J. Am. Stat. Assoc. 103): whatever made somebody stop at a look, it is at most ``a`` with
a probability of at most ``a`` where nothing is there to be found. So it goes into Holm's procedure like any other
p-value (Maurer and Bretz 2013, Stat. Biopharm. Res. 5).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy import special

_Floats = npt.NDArray[np.float64]

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(64)
_FAR = 8.0
"""Standard deviations below which a path is not followed."""
_ERRORS = np.exp(np.linspace(math.log(1e-12), math.log(0.999), 180))
"""At which boundaries are computed; between them they are interpolated."""
_HALVINGS = 40


def spent(error: float, fraction: float) -> float:
    """The part of the error that is spent by an information fraction.

    Args:
        error: of the one-sided test over all its looks, between 0 and 1.
        fraction: of the information of the last look, above 0 and at most 1.
    """
    return float(2.0 * special.ndtr(special.ndtri(error / 2.0) / math.sqrt(fraction)))


def sequential_p_value(p_values: Sequence[float], fractions: Sequence[float]) -> float:
    """The one-sided p-value over the looks taken so far; that of the one look where there is no other.

    The correlation of two looks is taken to be the root of the ratio of their fractions. Where it is closer, as of
    further answers to the same prompts, the test is conservative.

    Args:
        p_values: one-sided, one for each look taken, of all the data up to it.
        fractions: of the information, for each declared look in ascending order; the last is 1.

    Raises:
        ValueError: there are more looks than were declared, or none, or the fractions do not ascend to 1.
    """
    if not 1 <= len(p_values) <= len(fractions):
        raise ValueError(f"{len(p_values)} looks of {len(fractions)} declared")
    if any(a >= b for a, b in zip((0.0, *fractions[:-1]), fractions, strict=True)) or fractions[-1] != 1.0:
        raise ValueError(f"information fractions ascend to 1: {list(fractions)}")
    if len(fractions) == 1:
        return p_values[0]
    found = 1.0
    for p, boundary in zip(p_values, _boundaries(tuple(fractions)), strict=False):
        if p <= float(special.ndtr(-boundary[-1])):
            value = -float(special.ndtri(max(p, 1e-300)))
            found = min(found, math.exp(float(np.interp(value, boundary[::-1], np.log(_ERRORS)[::-1]))))
    return found


def last_error(error: float, fractions: Sequence[float]) -> float:
    """The error of the test at its last look alone, on which its power at the most data depends."""
    if len(fractions) == 1:
        return error
    return float(special.ndtr(-np.interp(math.log(error), np.log(_ERRORS), _boundaries(tuple(fractions))[-1])))


@cache
def _boundaries(fractions: tuple[float, ...]) -> tuple[_Floats, ...]:
    """The boundary of each look, in standard errors, for each of the errors."""
    return tuple(np.array(look) for look in zip(*(_of_error(float(each), fractions) for each in _ERRORS), strict=True))


def _of_error(error: float, fractions: tuple[float, ...]) -> list[float]:
    """The boundaries of a test with this error.

    The paths that have not crossed are followed as a density over the sum of the data (Armitage, McPherson and Rowe
    1969, J. R. Stat. Soc. A 132): their increments are independent, and the variance up to a look is its fraction.
    """
    before, done, found = 0.0, 0.0, list[float]()
    points, density = np.zeros(1), np.ones(1)
    for fraction in fractions:
        step, root = math.sqrt(fraction - done), math.sqrt(fraction)
        now = spent(error, fraction)
        bound = _bound(now - before, points, density, step, root)
        found.append(bound / root)
        half = (bound + _FAR * root) / 2.0
        reached = half * (_NODES + 1.0) - _FAR * root
        kernel = np.exp(-0.5 * ((reached[:, None] - points[None, :]) / step) ** 2) / (step * math.sqrt(2.0 * math.pi))
        before, done = now, fraction
        points, density = reached, (kernel @ density) * half * _WEIGHTS
    return found


def _bound(error: float, points: _Floats, density: _Floats, step: float, root: float) -> float:
    """The bound at the next look that a path which has not crossed yet crosses with this probability."""
    if len(points) == 1:
        return -step * float(special.ndtri(error))
    low, high = -_FAR * root, 40.0 * root
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        crossing = float(density @ special.ndtr((points - middle) / step))
        low, high = (middle, high) if crossing > error else (low, middle)
    return high
