"""How many different programs solve a problem: diversity among the right answers alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from passgap.estimates.measured import DEFAULT_LEVEL, difference_interval, mean_interval
from passgap.records import Insufficient, Measured

RightPrograms = Mapping[str, Sequence[str]]
"""Digests of the normalised programs of the samples that passed, by problem."""


def right_answers_differ(programs: RightPrograms, *, level: float = DEFAULT_LEVEL) -> Measured:
    """The probability that two right samples of a problem are different programs (Simpson 1949, unbiased).

    Right samples pass the same tests, so that only their programs tell them apart: formatting and names of variables
    do not count where the language's normal form levels them. Averaged over problems with two right samples or more.
    """
    values = [_differ(each) for _, each in sorted(programs.items()) if len(each) >= 2]
    if not values:
        return Insufficient(insufficient="no problem has two right samples", n=0, m=0)
    return mean_interval(values, m=2, level=level)


def right_answers_differ_change(
    before: RightPrograms, after: RightPrograms, *, level: float = DEFAULT_LEVEL
) -> Measured:
    """The change of that probability, on problems with two right samples on both sides."""
    names = sorted(name for name in before.keys() & after.keys() if min(len(before[name]), len(after[name])) >= 2)
    if not names:
        return Insufficient(insufficient="no problem has two right samples on both sides", n=0, m=0)
    return difference_interval([_differ(after[name]) - _differ(before[name]) for name in names], m=2, level=level)


def _differ(programs: Sequence[str]) -> float:
    total = len(programs)
    same = sum(count * (count - 1) for count in Counter(programs).values())
    return 1.0 - same / (total * (total - 1))
