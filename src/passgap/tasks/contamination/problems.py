"""Is something of the pool in the held-out set? (R3)

Four rules, each with its own name in the log: the same text after normalisation, a shared run of 13 words, a near
duplicate by MinHash, and the same entry point with the same tests. A fifth looks at dates: a held-out problem from
before the model's cutoff may have been trained on. It is listed, and no pool problem is removed for it; whether it is
measured on is the study's choice.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Protocol

from passgap.errors import StudyError
from passgap.records import Problem, Record, digest_of
from passgap.tasks.taskset import TaskSet, task_set

NGRAM = 13
"""Words in a row that two texts may not share: customary since Brown et al. 2020 (arXiv 2005.14165, appendix C)."""

NEAR = 0.7
"""The Jaccard similarity of 3-word shingles from which two texts are near duplicates."""

MINHASH_FROM = 1_000_000
"""Pairs of problems from which candidates for near duplicates are found by MinHash; fewer are all compared."""

_SHINGLE = 3
_PERMUTATIONS = 64
_SEED = 20_260_401


class ContaminationRule(StrEnum):
    """Why two items are too close."""

    EXACT = "exact"
    OVERLAP = "13-gram"
    NEAR_DUPLICATE = "near-duplicate"
    SAME_TESTS = "same-tests"
    BEFORE_CUTOFF = "before-cutoff"


class ContaminationItem(Record):
    """One finding: a pool item and the held-out item that it is too close to. ``score`` is a similarity in [0, 1]."""

    item: str
    matched: str
    rule: ContaminationRule
    score: float


class ContaminationLog(Record):
    """Every finding, ordered by item."""

    items: tuple[ContaminationItem, ...]

    @property
    def dirty(self) -> frozenset[str]:
        """The pool items that may not be trained on."""
        return frozenset(each.item for each in self.items if each.rule is not ContaminationRule.BEFORE_CUTOFF)


def find_contamination(
    heldout: Sequence[Problem], pool: Sequence[Problem], *, cutoff: dt.date | None = None
) -> ContaminationLog:
    """Compare every pool problem with every held-out problem.

    Args:
        heldout: the problems to evaluate on.
        pool: the problems to train from.
        cutoff: the last date of the model's training data, where it is known.
    """
    found = {
        (each.item, each.matched, each.rule): each
        for finder in (same_text, overlap, _near, _same_tests)
        for each in finder(heldout, pool)
    }
    if cutoff is not None:
        for problem in heldout:
            if within_training_data(problem, cutoff):
                early = ContaminationItem(
                    item=problem.id, matched=cutoff.isoformat(), rule=ContaminationRule.BEFORE_CUTOFF, score=1.0
                )
                found[early.item, early.matched, early.rule] = early
    return ContaminationLog(items=tuple(found[key] for key in sorted(found)))


def within_training_data(problem: Problem, cutoff: dt.date) -> bool:
    """Whether a problem is old enough to have been trained on; one without a date is not known to be."""
    return problem.date is not None and problem.date <= cutoff


def clean_pool(pool: TaskSet, log: ContaminationLog) -> TaskSet:
    """The pool without its dirty items.

    Raises:
        StudyError: nothing is left.
    """
    clean = [problem for problem in pool.problems if problem.id not in log.dirty]
    if not clean:
        raise StudyError(
            "nothing is left of the pool",
            ["Every pool problem is too close to a held-out one: these are the same problems. Name another pool."],
        )
    return task_set(pool.name, clean)


def normalised(text: str) -> list[str]:
    """The words of a text: lower case, no punctuation, no white space."""
    return re.findall(r"[^\W_]+", text.lower())


class Asked(Protocol):
    """A text that can be too close to another one: a problem's prompt, or something that is said."""

    @property
    def id(self) -> str: ...

    @property
    def prompt(self) -> str: ...


def same_text(heldout: Sequence[Asked], pool: Sequence[Asked]) -> Iterator[ContaminationItem]:
    """The same text after normalisation."""
    by_text: dict[str, list[str]] = defaultdict(list)
    for problem in heldout:
        by_text[" ".join(normalised(problem.prompt))].append(problem.id)
    for problem in pool:
        for match in by_text.get(" ".join(normalised(problem.prompt)), ()):
            yield ContaminationItem(item=problem.id, matched=match, rule=ContaminationRule.EXACT, score=1.0)


def overlap(heldout: Sequence[Asked], pool: Sequence[Asked]) -> Iterator[ContaminationItem]:
    """A shared run of words; the score is the share of the pool item's runs that are shared."""
    owners: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for problem in heldout:
        for gram in _grams(normalised(problem.prompt), NGRAM):
            owners[gram].add(problem.id)
    for problem in pool:
        grams = _grams(normalised(problem.prompt), NGRAM)
        shared: dict[str, int] = defaultdict(int)
        for gram in grams:
            for match in owners.get(gram, ()):
                shared[match] += 1
        for match, count in shared.items():
            yield ContaminationItem(
                item=problem.id, matched=match, rule=ContaminationRule.OVERLAP, score=count / len(grams)
            )


def _near(heldout: Sequence[Asked], pool: Sequence[Asked]) -> Iterator[ContaminationItem]:
    """The true similarity decides. In large sets, MinHash finds the pairs that are worth a look."""
    many = len(heldout) * len(pool) >= MINHASH_FROM
    yield from near_by(_by_minhash if many else by_shared_shingle, heldout, pool)


def near_by(
    index: Callable[[Mapping[str, _Shingles]], Callable[[_Shingles], Iterable[str]]],
    heldout: Sequence[Asked],
    pool: Sequence[Asked],
) -> Iterator[ContaminationItem]:
    """Near duplicates among the candidates that an index of the held-out texts finds."""
    shingles = {problem.id: _grams(normalised(problem.prompt), _SHINGLE) for problem in heldout}
    candidates = index(shingles)
    for problem in pool:
        mine = _grams(normalised(problem.prompt), _SHINGLE)
        for match in candidates(mine):
            similarity = len(mine & shingles[match]) / max(1, len(mine | shingles[match]))
            if similarity >= NEAR:
                yield ContaminationItem(
                    item=problem.id, matched=match, rule=ContaminationRule.NEAR_DUPLICATE, score=similarity
                )


_Shingles = frozenset[tuple[str, ...]]


def by_shared_shingle(shingles: Mapping[str, _Shingles]) -> Callable[[_Shingles], Iterable[str]]:
    """Candidates by counting the shingles that each text shares: none is missed."""
    owners: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for name, each in shingles.items():
        for shingle in each:
            owners[shingle].append(name)

    def candidates(mine: _Shingles) -> Iterable[str]:
        shared = Counter(name for shingle in mine for name in owners.get(shingle, ()))
        return [name for name, count in shared.items() if count >= NEAR * max(len(mine), len(shingles[name]))]

    return candidates


def _by_minhash(shingles: Mapping[str, _Shingles]) -> Callable[[_Shingles], Iterable[str]]:
    """Candidates by MinHash and locality-sensitive hashing: hardly any is missed, and the time does not grow with n."""
    from datasketch import MinHash, MinHashLSH  # noqa: PLC0415 - it loads scipy, which small sets need not wait for

    def hashed(each: _Shingles) -> MinHash:
        digest = MinHash(num_perm=_PERMUTATIONS, seed=_SEED)
        digest.update_batch([" ".join(shingle).encode() for shingle in sorted(each)])
        return digest

    index = MinHashLSH(threshold=NEAR, num_perm=_PERMUTATIONS)
    for name, each in shingles.items():
        index.insert(name, hashed(each))
    return lambda mine: index.query(hashed(mine))


def _same_tests(heldout: Sequence[Problem], pool: Sequence[Problem]) -> Iterator[ContaminationItem]:
    by_tests: dict[str, list[str]] = defaultdict(list)
    for problem in heldout:
        by_tests[_tests_key(problem)].append(problem.id)
    for problem in pool:
        for match in by_tests.get(_tests_key(problem), ()):
            yield ContaminationItem(item=problem.id, matched=match, rule=ContaminationRule.SAME_TESTS, score=1.0)


def _tests_key(problem: Problem) -> str:
    return digest_of([problem.entry_point, re.sub(r"\s+", "", problem.tests.model_dump_json())])


def _grams(words: Sequence[str], n: int) -> frozenset[tuple[str, ...]]:
    """The runs of ``n`` words; a shorter text is one run."""
    if len(words) <= n:
        return frozenset({tuple(words)}) if words else frozenset()
    return frozenset(tuple(words[start : start + n]) for start in range(len(words) - n + 1))
