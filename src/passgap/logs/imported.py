"""An imported log: results in passgap's form, with notes on decisions that were taken while reading."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from passgap.errors import StoreError
from passgap.estimates import Counts, counts_from_columns, counts_from_results
from passgap.records import DEFAULT_LANGUAGE, UNSPECIFIED, OutcomeKind, Result, SampleKey

SHOWN_PROBLEMS = 20


@dataclass(frozen=True)
class ImportedLog:
    """The content of a log.

    ``results`` is empty for aggregates, which have no single samples. ``programs`` holds a digest of the normalised
    program of each sample whose text is in the log. ``notes`` are decisions that were taken while reading.
    """

    format: str
    """The name of the log's format."""
    counts: Counts
    results: tuple[Result, ...] = ()
    programs: Mapping[SampleKey, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass
class LogBuilder:
    """Collects results and problems while a log is read, so that one message lists all problems."""

    format: str
    where: str
    results: list[Result] = field(default_factory=list)
    programs: dict[SampleKey, str] = field(default_factory=dict)
    empty: dict[str, str] = field(default_factory=dict)
    """The difficulty of each problem without samples. These problems are counted, but enter no estimate."""
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    _next_sample: dict[str, int] = field(default_factory=dict)

    def add(
        self,
        task: str,
        passed: bool | None,
        *,
        sample: int | None = None,
        outcome: OutcomeKind | None = None,
        program: str | None = None,
        **extra: Any,
    ) -> None:
        """Add the result of one sample. Without ``sample``, it is the next one of the task."""
        index = self._next_sample.get(task, 0) if sample is None else sample
        self._next_sample[task] = index + 1
        kind = outcome or _KIND[passed]
        self.results.append(Result(task_id=task, sample=index, passed=passed, outcome=kind, **extra))
        if program is not None:
            self.programs[SampleKey(task, index)] = program

    def add_empty(self, task: str, difficulty: str = UNSPECIFIED) -> None:
        """Add a problem that the log names, but has no samples of."""
        self.empty[task] = difficulty

    def finish(self) -> ImportedLog:
        """Return the log.

        Raises:
            StoreError: part of the file cannot be read in the recognised format, or there are no results.
            StudyError: a sample has more than one result.
        """
        if not self.results and not self.problems:
            self.problems.append("it holds no results; was the run finished?")
        if self.problems:
            raise unreadable(self.where, f"recognised as {self.format}", self.problems)
        counts = counts_from_results(self.results)
        empty = {name: label for name, label in self.empty.items() if name not in set(counts.ids)}
        if empty:
            shown = f"{', '.join(list(empty)[:_SHOWN_NAMES])}{', ...' if len(empty) > _SHOWN_NAMES else ''}"
            plural = "" if len(empty) == 1 else "s"
            self.notes.append(f"{len(empty)} problem{plural} without a sample, in no estimate: {shown}")
        notes = tuple(dict.fromkeys(self.notes))
        return ImportedLog(self.format, _with_empty(counts, empty), tuple(self.results), self.programs, notes)


_SHOWN_NAMES = 5


def _with_empty(counts: Counts, empty: Mapping[str, str]) -> Counts:
    if not empty:
        return counts
    none = [0] * len(empty)
    return counts_from_columns(
        [*counts.ids, *empty],
        [*counts.samples.tolist(), *none],
        [*counts.correct.tolist(), *none],
        difficulties=[*counts.difficulties, *empty.values()],
        languages=[*counts.languages, *(DEFAULT_LANGUAGE for _ in empty)],
        unscored=[*counts.unscored.tolist(), *none],
    )


_KIND = {True: OutcomeKind.PASSED, False: OutcomeKind.FAILED, None: OutcomeKind.UNSCORED}


def unreadable(where: str, recognised: str, problems: Iterable[str]) -> StoreError:
    """Return the error for a file that cannot be read: its recognised format, and all problems up to a limit."""
    listed = list(problems)
    more = len(listed) - SHOWN_PROBLEMS
    shown = listed[:SHOWN_PROBLEMS] + ([f"and {more} more"] if more > 0 else [])
    return StoreError(f"{where} could not be read ({recognised})", shown)


def text_of(value: Any) -> str | None:
    """A name as text: logs write non-empty strings or integers. None for anything else."""
    if isinstance(value, str) and value:
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def difficulty_of(value: Any) -> str:
    """A difficulty in lower case, or ``unspecified``. Harnesses write both ``Easy`` and ``easy``."""
    return (value.strip().lower() if isinstance(value, str) else "") or UNSPECIFIED
