"""Samples on which two ways to score them disagree."""

from __future__ import annotations

from collections.abc import Iterable

from passgap.records import Record, Result


class Disagreement(Record):
    """One sample that passes under one scoring and not under the other."""

    task_id: str
    sample: int
    first: str
    """The outcome under the first scoring."""
    second: str


class Disagreements(Record):
    """The outcomes of the same samples under two scorings."""

    compared: int
    """Samples that both could score."""
    first_alone: int
    """Samples that pass under the first scoring alone."""
    second_alone: int
    samples: tuple[Disagreement, ...]


def disagreements(first: Iterable[Result], second: Iterable[Result]) -> Disagreements:
    """List the samples on which two scorings disagree; a sample that one could not score is not compared."""
    others = {result.key: result for result in second}
    pairs = [
        (one, other)
        for one in first
        if (other := others.get(one.key)) is not None and None not in (one.passed, other.passed)
    ]
    apart = [(one, other) for one, other in pairs if one.passed != other.passed]
    return Disagreements(
        compared=len(pairs),
        first_alone=sum(bool(one.passed) for one, _ in apart),
        second_alone=sum(bool(other.passed) for _, other in apart),
        samples=tuple(
            Disagreement(task_id=one.task_id, sample=one.sample, first=one.outcome.value, second=other.outcome.value)
            for one, other in apart
        ),
    )
