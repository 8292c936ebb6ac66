"""Pairs of a passing and a failing sample of one problem: close in length, so that length is not what is learned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from passgap.records import Record, sample_seed

PAIR_RULE = (
    "one sample that passes all tests of its problem and one of the same problem that fails them; no sample in two "
    "pairs; distinct programs before repeated ones, and then the smallest total difference of lengths in tokens; "
    "dropped are programs that both pass and fail"
)
"""The rule in words, as pre-registered."""


@dataclass(frozen=True)
class ScoredSample:
    """A sample with its outcome, as far as pairs are concerned."""

    position: int
    """Its place among all samples."""
    program: str
    """Its program in normal form: samples with the same one are repetitions."""
    length: int
    """Of the completion, in tokens."""
    passed: bool


@dataclass(frozen=True)
class Pair:
    """The positions of two samples of one problem."""

    chosen: int
    rejected: int


class PairCounts(Record):
    """How many problems give pairs, and why the others give none."""

    problems: int = 0
    """That have a scored sample."""
    none_passes: int = 0
    """Problems of whose samples none passes."""
    all_pass: int = 0
    """Problems of whose samples all pass."""
    paired: int = 0
    """Problems with at least one pair."""
    pairs: int = 0
    contradictory: int = 0
    """Samples whose program passes in one sample of its problem and fails in another: its tests do not decide."""


@dataclass(frozen=True)
class PairSelection:
    """The pairs to train on, and the counts of problems."""

    pairs: tuple[Pair, ...]
    counts: PairCounts


def choose_pairs(problems: Mapping[str, Sequence[ScoredSample]], most: int, seed: int) -> PairSelection:
    """Pair the samples of each problem by :data:`PAIR_RULE`.

    Args:
        problems: the scored samples of each problem. Samples that were not scored are not among them.
        most: the most pairs of one problem.
        seed: decides between pairings that are equally good.
    """
    pairs: list[Pair] = []
    counts: Counter[str] = Counter()
    for name, samples in problems.items():
        if not samples:
            continue
        counts["problems"] += 1
        outcomes = {passed: {each.program for each in samples if each.passed is passed} for passed in (True, False)}
        undecided = outcomes[True] & outcomes[False]
        counts["contradictory"] += sum(each.program in undecided for each in samples)
        order = sorted(samples, key=lambda each: sample_seed(seed, name, each.position))
        passing, failing = (
            _ranked([each for each in order if each.passed is passed and each.program not in undecided])
            for passed in (True, False)
        )
        found = _closest(passing, failing, min(most, len(passing), len(failing)))
        counts["none_passes"] += not outcomes[True]
        counts["all_pass"] += not outcomes[False]
        counts["paired"] += bool(found)
        counts["pairs"] += len(found)
        pairs.extend(found)
    return PairSelection(pairs=tuple(pairs), counts=PairCounts(**counts))


@dataclass(frozen=True)
class _Ranked:
    sample: ScoredSample
    repeats: int
    """How many samples of the same program come before it."""


def _ranked(samples: Sequence[ScoredSample]) -> list[_Ranked]:
    """Samples with the number of earlier ones of the same program, ordered by length."""
    seen: Counter[str] = Counter()
    ranked = []
    for each in samples:
        ranked.append(_Ranked(each, seen[each.program]))
        seen[each.program] += 1
    return sorted(ranked, key=lambda each: each.sample.length)


def _closest(passing: Sequence[_Ranked], failing: Sequence[_Ranked], count: int) -> list[Pair]:
    """The ``count`` disjoint pairs of the least repetition, and of those the least total difference of lengths.

    On a line, two sets of equal size are matched at the least total distance in sorted order. So a table over the first
    i passing and j failing samples, ordered by length, and the number of pairs among them finds the optimum.
    """
    beyond = 1 + sum(each.sample.length for each in (*passing, *failing))
    """More than any total difference: repetitions are compared first."""

    def cost(one: _Ranked, other: _Ranked) -> int:
        return (one.repeats + other.repeats) * beyond + abs(one.sample.length - other.sample.length)

    impossible = float("inf")
    rows, columns = len(passing) + 1, len(failing) + 1
    table: list[list[list[float]]] = [[[0.0] * columns for _ in range(rows)]]
    for _ in range(count):
        before, now = table[-1], [[impossible] * columns for _ in range(rows)]
        for i in range(1, rows):
            for j in range(1, columns):
                matched = before[i - 1][j - 1] + cost(passing[i - 1], failing[j - 1])
                now[i][j] = min(matched, now[i - 1][j], now[i][j - 1])
        table.append(now)
    pairs: list[Pair] = []
    i, j, left = rows - 1, columns - 1, count
    while left:
        here = table[left][i][j]
        if here == table[left][i - 1][j]:
            i -= 1
        elif here == table[left][i][j - 1]:
            j -= 1
        else:
            i, j, left = i - 1, j - 1, left - 1
            pairs.append(Pair(chosen=passing[i].sample.position, rejected=failing[j].sample.position))
    return pairs[::-1]
