"""Claim: passgap's bounds and alarms agree with those of ``confseq`` 0.0.11, the betting of Waudby-Smith and Ramdas.

    python3.10 -m venv confseq-env
    confseq-env/bin/pip install confseq==0.0.11 "numpy<2" scipy multiprocess pandas matplotlib
    confseq-env/bin/python benchmarks/confseq_table.py > tests/unit/estimates/confseq_table.json

confseq has no build for Python 3.11 and needs NumPy 1, so the tests compare with this table, and not with the library.
Streams are differences of -1, 0 and 1 by the first random numbers of NumPy's PCG64, which are the same in all versions.
A stream is scaled to [0, 1] for confseq. ``bounds`` is the two-sided 95 % confidence sequence with its running
intersection, at some lengths; ``alarm`` is the number of observations until the one-sided wealth against "the mean is
not below 0" reaches 20, or null.
"""

from __future__ import annotations

import json
import sys

import numpy as np

LENGTHS = (200, 1_000, 3_000)
STREAMS = {
    "no difference": (0.10, 0.10, 1),
    "-4 pp": (0.12, 0.08, 2),
    "rare": (0.02, 0.01, 3),
    "-20 pp": (0.30, 0.10, 4),
    "better": (0.05, 0.15, 5),
}
"""The shares of -1 and 1, and the seed."""


def stream(worse: float, better: float, seed: int) -> np.ndarray:
    """A stream of 3,000 differences."""
    drawn = np.random.default_rng(seed).random(LENGTHS[-1])
    return np.where(drawn < worse, -1.0, np.where(drawn < worse + better, 1.0, 0.0))


def main() -> None:
    from confseq.betting import betting_cs, betting_mart  # noqa: PLC0415 - the table is read without it

    table = {}
    for name, (worse, better, seed) in STREAMS.items():
        scaled = (stream(worse, better, seed) + 1.0) / 2.0
        low, high = betting_cs(scaled, alpha=0.05, breaks=2_000, running_intersection=True)
        wealth = betting_mart(scaled, m=0.5, alpha=0.05, theta=0.0)
        over = np.flatnonzero(wealth >= 20.0)
        table[name] = {
            "bounds": {str(n): [round(2 * float(each[n - 1]) - 1, 4) for each in (low, high)] for n in LENGTHS},
            "alarm": int(over[0]) + 1 if len(over) else None,
        }
    json.dump(table, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
