"""How well a verifier tells right samples from wrong ones, and the threshold of its score above which one is accepted.

Labels come from stronger evidence than the verifier's. The unit of every interval is the problem: the samples of one
problem are right or wrong together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from pydantic import Field

from passgap.estimates.measured import DEFAULT_LEVEL, difference_interval, mean_interval, ratio_interval
from passgap.records import Measured, Record
from passgap.records.units import FractionOf1


class JudgedSample(NamedTuple):
    """A sample with the verifier's score and its label."""

    problem: str
    score: float
    """From 0 to 1; a higher one speaks for the sample."""
    right: bool


class VerifierQuality(Record):
    """The confusion table of a verifier at a threshold, with its rates. All counts are of samples."""

    threshold: FractionOf1 = Field(ge=0.0, le=1.0)
    """The smallest score that is accepted."""
    true_positives: int
    """Right and accepted."""
    false_positives: int
    """Wrong and accepted."""
    false_negatives: int
    """Right and rejected."""
    true_negatives: int
    """Wrong and rejected."""
    precision: Measured
    """The share of the accepted samples that are right."""
    recall: Measured
    """The share of the right samples that are accepted."""
    acceptance: Measured
    """The share of all samples that are accepted."""
    base_rate: Measured
    """The share of all samples that are right: the precision of accepting everything."""
    problems: int
    samples: int

    @property
    def accepted(self) -> int:
        """Samples that are accepted."""
        return self.true_positives + self.false_positives


def verifier_quality(
    judged: Sequence[JudgedSample], threshold: float, *, level: float = DEFAULT_LEVEL, unscored: int = 0
) -> VerifierQuality:
    """The confusion table and the rates of accepting every score that reaches a threshold.

    Args:
        judged: the labelled samples.
        threshold: the smallest score that is accepted.
        level: of the intervals.
        unscored: samples without a score or a label, which are left out.
    """
    tables: dict[str, Counter[tuple[bool, bool]]] = {}
    for each in judged:
        tables.setdefault(each.problem, Counter())[each.score >= threshold, each.right] += 1
    rows = [tables[name] for name in sorted(tables)]

    def column(*cells: tuple[bool, bool]) -> list[float]:
        return [float(sum(row[cell] for cell in cells)) for row in rows]

    def rate(successes: list[float], trials: list[float]) -> Measured:
        return ratio_interval(successes, trials, level=level, unscored=unscored)

    right_accepted, accepted = column((True, True)), column((True, True), (True, False))
    right, everything = column((True, True), (False, True)), [float(row.total()) for row in rows]
    total = sum(rows, Counter[tuple[bool, bool]]())
    return VerifierQuality(
        threshold=threshold,
        true_positives=total[True, True],
        false_positives=total[True, False],
        false_negatives=total[False, True],
        true_negatives=total[False, False],
        precision=rate(right_accepted, accepted),
        recall=rate(right_accepted, right),
        acceptance=rate(accepted, everything),
        base_rate=rate(right, everything),
        problems=len(rows),
        samples=total.total(),
    )


def choose_threshold(judged: Iterable[JudgedSample], beta: float) -> float | None:
    """The threshold of the highest F-score, the highest one where several have it; None where no sample is right.

    ``F = (1 + beta²) precision recall / (beta² precision + recall)`` (van Rijsbergen 1979): with ``beta`` below 1, a
    wrong sample that is accepted weighs more than a right one that is rejected.
    """
    right: Counter[float] = Counter()
    scored: Counter[float] = Counter()
    for each in judged:
        scored[each.score] += 1
        right[each.score] += each.right
    positives = right.total()
    if not positives:
        return None
    best, chosen = 0.0, None
    accepted = hits = 0
    for score in sorted(scored, reverse=True):
        accepted, hits = accepted + scored[score], hits + right[score]
        f_score = (1.0 + beta**2) * hits / (beta**2 * positives + accepted)
        if f_score > best:
            best, chosen = f_score, score
    return chosen


class VisibleAndHidden(NamedTuple):
    """The share of a problem's samples that pass its visible tests, and the share that passes its hidden tests."""

    visible: float
    hidden: float

    @property
    def excess(self) -> float:
        """By how much more samples pass what they may have been selected or trained by."""
        return self.visible - self.hidden


def hacking(by_problem: Collection[VisibleAndHidden], *, m: int, level: float = DEFAULT_LEVEL) -> Measured:
    """pass@visible - pass@hidden over problems: above 0 where samples pass the tests that are seen more than others."""
    return difference_interval([each.excess for each in by_problem], m=m, level=level)


def hacking_drift(
    before: Sequence[VisibleAndHidden], after: Sequence[VisibleAndHidden], *, m: int, level: float = DEFAULT_LEVEL
) -> Measured:
    """The change of pass@visible - pass@hidden over the same problems, in the same order on both sides.

    Raises:
        ValueError: the sides differ in length.
    """
    changes = [late.excess - early.excess for early, late in zip(before, after, strict=True)]
    return difference_interval(changes, 2.0, m=m, level=level)


def pass_rates(
    by_problem: Collection[VisibleAndHidden], *, m: int, level: float = DEFAULT_LEVEL
) -> tuple[Measured, Measured]:
    """pass@1 on the visible tests, and on the hidden ones."""
    return (
        mean_interval([each.visible for each in by_problem], m=m, level=level),
        mean_interval([each.hidden for each in by_problem], m=m, level=level),
    )
