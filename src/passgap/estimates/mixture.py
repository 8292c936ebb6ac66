"""The distribution of pass rates over problems that fits counts best, for what no mean over subsets can estimate.

A problem that is kept because ``m`` of its samples held a pass and a failure regresses to the mean in its next samples.
How far depends on the distribution of pass rates, which is estimated by nonparametric maximum likelihood (Kiefer &
Wolfowitz 1956): weights on a grid of pass rates, by the EM algorithm. Its interval is a bootstrap over problems.
"""

from __future__ import annotations

import numpy as np

from passgap.estimates.counts import FloatArray, IntArray

ROUNDS = 200
"""Of the EM algorithm: more of them change the shares here by less than a hundredth."""

RESAMPLES = 200
SEED = 20_260_411

_RARE = np.geomspace(1e-3, 0.05, 20)
_GRID = np.concatenate([[0.0], _RARE, np.linspace(0.06, 0.94, 45), 1.0 - _RARE[::-1], [1.0]])


def prefiltered_bounds(
    samples: IntArray, correct: IntArray, m: int, group: int, level: float
) -> tuple[float, float, float] | None:
    """The share of groups with different rewards among problems that had them in ``m`` samples: value, low and high.

    None where no problem has both a pass and a failure. The share lies between that of all problems and its ratio to
    the share of problems that are kept: both rise with p (1 - p), so keeping problems by one cannot lower the other.
    """
    n, c = np.asarray(samples, dtype=np.int64), np.asarray(correct, dtype=np.int64)
    if not ((c > 0) & (c < n)).any():
        return None
    stride = int(n.max()) + 1
    rows, times = np.unique(n * stride + c, return_counts=True)
    likelihood = np.stack([_likelihood(*divmod(int(row), stride)) for row in rows])
    generator = np.random.default_rng(SEED)
    drawn = generator.multinomial(int(times.sum()), times / times.sum(), size=RESAMPLES)
    weights = _fitted(likelihood, np.concatenate([times[None, :], drawn]).astype(np.float64))
    kept, later = mixed_at(_GRID, m), mixed_at(_GRID, group)
    chance = weights @ kept
    shares = np.divide(weights @ (kept * later), chance, out=np.full_like(chance, np.nan), where=chance > 1e-12)
    value = float(shares[0])
    resampled = shares[1:][np.isfinite(shares[1:])]
    tail = (1.0 - level) / 2.0
    low, high = (float(each) for each in np.quantile(resampled, [tail, 1.0 - tail])) if len(resampled) else (0.0, 1.0)
    return value, max(0.0, min(value, low)), min(1.0, max(value, high))


def mixed_at(rates: FloatArray, m: int) -> FloatArray:
    """The probability that ``m`` samples at these pass rates hold a pass and a failure."""
    return np.asarray(1.0 - rates**m - (1.0 - rates) ** m, dtype=np.float64)


def _likelihood(n: int, c: int) -> FloatArray:
    """Of ``c`` passes among ``n`` samples at each rate of the grid, less the binomial coefficient."""
    return np.asarray(_GRID**c * (1.0 - _GRID) ** (n - c), dtype=np.float64)


def _fitted(likelihood: FloatArray, times: FloatArray) -> FloatArray:
    """Weights on the grid for each row of ``times``, how often each kind of problem was seen."""
    weights = np.full((len(times), len(_GRID)), 1.0 / len(_GRID))
    shares = times / times.sum(axis=1, keepdims=True)
    for _ in range(ROUNDS):
        weights = weights * ((shares / (weights @ likelihood.T)) @ likelihood)
    return weights
