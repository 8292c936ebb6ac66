"""The table that every estimate starts from: for each problem, how many samples were scored and how many passed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from passgap.errors import StudyError
from passgap.records import DEFAULT_LANGUAGE, UNSPECIFIED, Result

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

SHOWN_PROBLEMS = 50
"""How many single faults one message lists before it counts the rest."""


@dataclass(frozen=True, eq=False)
class Counts:
    """Scored samples, one row per problem, ordered by problem id.

    Args:
        ids: the problems' names, unique and sorted.
        difficulties: each problem's slice, ``unspecified`` where its source states none.
        samples: scored samples of each problem, ``n_i >= 0``.
        correct: samples that passed, ``0 <= c_i <= n_i``.
        unscored: samples that could not be scored; they are in no denominator, but counted.
        languages: each problem's programming language; none stands for the default of all.

    Raises:
        StudyError: a row contradicts itself or an id comes twice; every such problem is named.
    """

    ids: tuple[str, ...]
    difficulties: tuple[str, ...]
    samples: IntArray
    correct: IntArray
    unscored: IntArray
    languages: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.languages:
            object.__setattr__(self, "languages", (DEFAULT_LANGUAGE,) * len(self.ids))
        columns = (self.difficulties, self.languages, self.samples, self.correct, self.unscored)
        sizes = {len(self.ids), *map(len, columns)}
        if len(sizes) != 1:
            raise ValueError(f"the columns of a count table differ in length: {sorted(sizes)}")
        for name in ("samples", "correct", "unscored"):
            column = np.array(getattr(self, name), dtype=np.int64)
            column.flags.writeable = False
            object.__setattr__(self, name, column)
        faults = _row_faults(self)
        if faults:
            raise StudyError("The counts contradict themselves", listed_faults(faults))

    @property
    def n(self) -> int:
        """The number of problems."""
        return len(self.ids)

    @property
    def m(self) -> int:
        """The smallest number of scored samples that a problem has; 0 for an empty table."""
        return int(self.samples.min()) if self.n else 0

    @property
    def unmeasured(self) -> int:
        """Problems without one scored sample: they are in no estimate, and every estimate's warning says so."""
        return int((self.samples == 0).sum())

    def measured(self) -> Self:
        """The table without its unmeasured problems."""
        return self.where(self.samples > 0) if self.unmeasured else self

    @property
    def total_unscored(self) -> int:
        """Samples left out because they could not be scored."""
        return int(self.unscored.sum())

    @property
    def slices(self) -> tuple[str, ...]:
        """The difficulties present, in the customary order (easy, medium, hard), then by name."""
        return tuple(sorted(set(self.difficulties), key=_slice_order))

    def mask(self, difficulty: str) -> BoolArray:
        """Which rows belong to a slice."""
        return np.array([each == difficulty for each in self.difficulties], dtype=np.bool_)

    def of_language(self, language: str) -> BoolArray:
        """Which rows are problems in a language."""
        return np.array([each == language for each in self.languages], dtype=np.bool_)

    def where(self, rows: BoolArray) -> Self:
        """The table of the chosen rows alone."""
        kept = np.flatnonzero(rows)
        return type(self)(
            ids=tuple(self.ids[i] for i in kept),
            difficulties=tuple(self.difficulties[i] for i in kept),
            samples=self.samples[kept],
            correct=self.correct[kept],
            unscored=self.unscored[kept],
            languages=tuple(self.languages[i] for i in kept),
        )

    def select(self, ids: Iterable[str]) -> Self:
        """The table of the named problems alone, for example one half of a split.

        Raises:
            StudyError: a named problem is not in the table.
        """
        wanted = set(ids)
        missing = sorted(wanted.difference(self.ids))
        if missing:
            raise StudyError("Problems are missing from the counts", listed_faults(missing))
        return self.where(np.array([each in wanted for each in self.ids], dtype=np.bool_))


def _slice_order(difficulty: str) -> tuple[int, str]:
    customary = ("introductory", "easy", "medium", "interview", "hard", "competition")
    if difficulty == UNSPECIFIED:
        return (len(customary) + 1, difficulty)
    lowered = difficulty.lower()
    return (customary.index(lowered) if lowered in customary else len(customary), difficulty)


def listed_faults(faults: Sequence[str]) -> list[str]:
    """The first faults, and how many more there are."""
    more = len(faults) - SHOWN_PROBLEMS
    return [*faults[:SHOWN_PROBLEMS], *([f"and {more} more"] if more > 0 else [])]


def _row_faults(counts: Counts) -> list[str]:
    faults = []
    seen: set[str] = set()
    bad = (counts.correct < 0) | (counts.correct > counts.samples) | (counts.samples < 0) | (counts.unscored < 0)
    for index in np.flatnonzero(bad):
        faults.append(
            f"{counts.ids[index]}: {counts.correct[index]} correct of {counts.samples[index]} samples "
            f"({counts.unscored[index]} unscored); need 0 <= correct <= samples and 0 <= unscored"
        )
    for name in counts.ids:
        if name in seen:
            faults.append(f"{name}: listed twice; give each problem one row")
        seen.add(name)
    return faults


def counts_from_columns(
    ids: Sequence[str],
    samples: Sequence[int] | IntArray,
    correct: Sequence[int] | IntArray,
    *,
    difficulties: Sequence[str] | None = None,
    languages: Sequence[str] | None = None,
    unscored: Sequence[int] | IntArray | None = None,
) -> Counts:
    """Build the table from columns in any row order.

    Raises:
        StudyError: a row contradicts itself or an id comes twice.
    """
    order = sorted(range(len(ids)), key=lambda index: ids[index])
    labels = [UNSPECIFIED] * len(ids) if difficulties is None else difficulties
    written = [DEFAULT_LANGUAGE] * len(ids) if languages is None else languages
    zeros = np.zeros(len(ids), dtype=np.int64)
    return Counts(
        ids=tuple(ids[i] for i in order),
        difficulties=tuple(labels[i] for i in order),
        samples=np.asarray(samples, dtype=np.int64)[order],
        correct=np.asarray(correct, dtype=np.int64)[order],
        unscored=(zeros if unscored is None else np.asarray(unscored, dtype=np.int64))[order],
        languages=tuple(written[i] for i in order),
    )


class _Tally:
    """The running counts of one problem."""

    __slots__ = ("correct", "difficulty", "language", "samples", "seen", "unscored")

    def __init__(self, difficulty: str, language: str) -> None:
        self.difficulty, self.language = difficulty, language
        self.seen: set[int] = set()
        self.samples = self.correct = self.unscored = 0


def counts_from_results(results: Iterable[Result]) -> Counts:
    """Count results by problem; unscored samples are left out of every denominator and counted beside it.

    Raises:
        StudyError: a (task, sample) pair comes twice, or one task carries two difficulties or languages; all are named.
    """
    tallies: dict[str, _Tally] = {}
    faults: dict[str, None] = {}
    for result in results:
        tally = tallies.get(result.task_id)
        if tally is None:
            tally = tallies[result.task_id] = _Tally(result.difficulty, result.language)
        elif tally.difficulty != result.difficulty:
            faults[f"{result.task_id}: called both {tally.difficulty!r} and {result.difficulty!r}"] = None
        if tally.language != result.language:
            faults[f"{result.task_id}: said to be in both {tally.language!r} and {result.language!r}"] = None
        if result.sample in tally.seen:
            faults[f"{result.task_id}, sample {result.sample}: has more than one result"] = None
        tally.seen.add(result.sample)
        if result.passed is None:
            tally.unscored += 1
        else:
            tally.samples += 1
            tally.correct += result.passed
    if faults:
        raise StudyError("The results contradict themselves", listed_faults(list(faults)))
    rows = list(tallies.values())
    return counts_from_columns(
        list(tallies),
        [row.samples for row in rows],
        [row.correct for row in rows],
        difficulties=[row.difficulty for row in rows],
        languages=[row.language for row in rows],
        unscored=[row.unscored for row in rows],
    )
