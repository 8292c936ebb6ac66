"""The sign-flip permutation test of a paired mean change, over problems."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from passgap.estimates.counts import FloatArray

FLIPS = 10_000
SEED = 20_260_403
CHUNK = 500

_TIE = 1e-9


def sign_flip_p_values(differences: FloatArray, *, flips: int = FLIPS, seed: int = SEED) -> FloatArray:
    """Two-sided p-values of "the mean change is 0", one for each column.

    Args:
        differences: paired differences, shape (problems, quantities). All columns share the sign patterns.
        flips: random sign patterns, each over all problems.
        seed: of the patterns: the same data always give the same p-value.

    Returns:
        ``(b + 1) / (flips + 1)``, with ``b`` the patterns whose absolute mean is at least the observed one; never 0.
        1 where no problem differs.
    """
    problems, quantities = differences.shape
    scale = np.abs(differences).max(axis=0, initial=0.0)
    scaled = np.divide(differences, scale, out=np.zeros_like(differences), where=scale > 0.0)
    moved = np.any(scaled != 0.0, axis=1)
    kept = np.ascontiguousarray(scaled[moved], dtype=np.float64)
    observed = np.abs(kept.sum(axis=0))
    tie = _TIE * max(1, problems)
    generator = np.random.default_rng(seed)
    extreme = np.zeros(quantities, dtype=np.int64)
    for start in range(0, flips, CHUNK):
        rows = min(CHUNK, flips - start)
        extreme += (np.abs(_signs(generator, rows, len(kept)) @ kept) >= observed - tie).sum(axis=0)
    return np.asarray((extreme + 1) / (flips + 1), dtype=np.float64)


def _signs(generator: np.random.Generator, rows: int, columns: int) -> npt.NDArray[np.float64]:
    raw = np.frombuffer(generator.bytes(rows * (-(-columns // 8))), dtype=np.uint8).reshape(rows, -1)
    return 1.0 - 2.0 * np.unpackbits(raw, axis=1)[:, :columns].astype(np.float64)
