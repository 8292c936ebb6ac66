"""Counts of problems while they are scored, passed on in an order that outcomes have no influence on.

Programs end in whatever order they end: a mean over those that have ended would favour what ends fast. Here a problem
counts when it and all before it in a fixed order are scored, so that an estimate may be looked at, and a run stopped,
at any time.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable


def fixed_place(problem_id: str) -> bytes:
    """The place of a problem in a fixed order that is like a shuffle: by the SHA-256 of its id."""
    return hashlib.sha256(problem_id.encode()).digest()


class InFixedOrder:
    """Passes on the counts of each problem once it and all problems before it are scored."""

    def __init__(self, samples_of: Iterable[str], tell: Callable[[int, int], None]) -> None:
        """Begin a group of problems.

        Args:
            samples_of: the problem of each sample that will be scored.
            tell: given the passed and the scored samples of each problem; not called for one without a scored sample.
        """
        self._expected = Counter(samples_of)
        self._order = sorted(self._expected, key=fixed_place)
        self._told = 0
        self._tell = tell
        self._ended: Counter[str] = Counter()
        self._scored: Counter[str] = Counter()
        self._passed: Counter[str] = Counter()

    def add(self, problem_id: str, passed: bool | None) -> None:
        """Add the outcome of one sample; None for one that could not be scored."""
        self._ended[problem_id] += 1
        if passed is not None:
            self._scored[problem_id] += 1
            self._passed[problem_id] += passed
        while self._told < len(self._order):
            problem = self._order[self._told]
            if self._ended[problem] < self._expected[problem]:
                return
            self._told += 1
            if self._scored[problem]:
                self._tell(self._passed[problem], self._scored[problem])
