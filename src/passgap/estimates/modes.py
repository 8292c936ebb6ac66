"""Mode correctness: is the behaviour that a model shows most often the right one?

Self-distillation sharpens the model towards what it already does. On a contested problem (some samples pass, some do
not) that helps where the plurality behaviour passes, and hurts where it does not. The change of pass@1 if every problem
were sharpened onto its plurality is the one number that tells minimal from verifier-aware SSD.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from pydantic import Field

from passgap.estimates.counts import Counts
from passgap.estimates.majority import majority_at_k
from passgap.estimates.measured import DEFAULT_LEVEL, difference_interval, mean_interval
from passgap.estimates.table import DEFAULT_KS
from passgap.records import Insufficient, Measured, Record, Result, SampleKey
from passgap.records.units import FractionOf1


class Grouping(StrEnum):
    """The criterion that told two failing samples apart. All that pass behave alike, as far as the tests can see."""

    BEHAVIOUR = "behaviour"
    """The values given on the tests' inputs: groups are what they should be."""
    CASES = "cases"
    """The pass vector: different wrong answers can look alike, so a wrong plurality is overstated."""
    PROGRAM = "program"
    """The normalised program: equal behaviour can look different, so a wrong plurality is understated."""
    OUTCOME = "outcome"
    """Passed or not, and nothing else: all failures count as one, so a wrong plurality is overstated most."""

    @property
    def can_show_right(self) -> bool:
        """Whether a correct plurality is evidence: not where wrong answers may have been split."""
        return self is not Grouping.PROGRAM

    @property
    def can_show_wrong(self) -> bool:
        """Whether a wrong plurality is evidence: not where different wrong answers may have been lumped together."""
        return self in (Grouping.BEHAVIOUR, Grouping.PROGRAM)


class ModeCorrectness(Record):
    """How often the plurality behaviour is correct, and the effect of sharpening onto it."""

    plurality: Measured
    """The share of contested problems (0 < pass rate < 1) whose most frequent behaviour passes; ties count in part."""
    sharpening: Measured
    """pass@1 if every problem always gave its plurality behaviour, minus pass@1 now, over all problems."""
    majority: dict[str, Measured]
    """``maj@k``: the probability that the plurality of k samples passes, over all problems."""
    contested: int = Field(ge=0)
    problems: int = Field(ge=0)
    grouping: Grouping
    """The weakest grouping among the failing samples of contested problems."""
    observed: FractionOf1 = Field(ge=0.0, le=1.0)
    """The share of those samples whose behaviour on the tests' inputs was observed."""


@dataclass
class _Groups:
    passed: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    kinds: Counter[Grouping] = field(default_factory=Counter)

    @property
    def sizes(self) -> tuple[int, ...]:
        return tuple(sorted(self.failed.values(), reverse=True))

    @property
    def total(self) -> int:
        return self.passed + sum(self.failed.values())


def mode_correctness(
    results: Iterable[Result],
    ks: Sequence[int] = DEFAULT_KS,
    *,
    programs: Mapping[SampleKey, str] | None = None,
    level: float = DEFAULT_LEVEL,
) -> ModeCorrectness:
    """Group each problem's scored samples by behaviour and ask whether the largest group passes.

    Args:
        results: one per sample; ``behaviour`` and ``cases`` are used where they are present.
        ks: of maj@k; a k above some problem's number of samples gives an insufficient estimate.
        programs: digests of the normalised programs by (task, sample), for samples with neither.
        level: of the intervals.
    """
    digests = programs or {}
    by_problem: dict[str, _Groups] = {}
    for result in results:
        if result.passed is None:
            continue
        groups = by_problem.setdefault(result.task_id, _Groups())
        if result.passed:
            groups.passed += 1
        else:
            kind, key = _failing_group(result, digests.get(result.key))
            groups.failed[f"{kind}:{key}"] += 1
            groups.kinds[kind] += 1
    return _summary([by_problem[name] for name in sorted(by_problem)], ks, level)


def mode_bounds(counts: Counts, ks: Sequence[int] = DEFAULT_KS, *, level: float = DEFAULT_LEVEL) -> ModeCorrectness:
    """The least mode correctness that bare counts allow: all failures of a problem taken as one behaviour."""
    rows = [
        _Groups(int(c), Counter({"failed": int(n - c)} if n > c else {}), Counter({Grouping.OUTCOME: int(n - c)}))
        for n, c in zip(counts.samples, counts.correct, strict=True)
        if n
    ]
    return _summary(rows, ks, level)


def _failing_group(result: Result, program: str | None) -> tuple[Grouping, str]:
    if result.behaviour is not None:
        return Grouping.BEHAVIOUR, result.behaviour
    if program is not None:
        return Grouping.PROGRAM, program
    if result.cases is not None:
        return Grouping.CASES, f"{result.outcome}:{result.cases}"
    return Grouping.OUTCOME, ""


_WEAKEST_FIRST = (Grouping.OUTCOME, Grouping.CASES, Grouping.PROGRAM, Grouping.BEHAVIOUR)

UNOBSERVED_SHARE = 0.1
"""A weaker grouping names the whole only where it was used for more than this share of the failing samples."""


def _summary(rows: Sequence[_Groups], ks: Sequence[int], level: float) -> ModeCorrectness:
    contested = [row for row in rows if 0 < row.passed < row.total]
    kinds: Counter[Grouping] = sum((row.kinds for row in contested), Counter())
    failing = sum(kinds.values())
    m = min((row.total for row in rows), default=0)
    modes = np.array([majority_at_k(row.passed, row.sizes, row.total) for row in rows], dtype=np.float64)
    rates = np.array([row.passed / row.total for row in rows], dtype=np.float64)
    is_contested = np.array([0 < row.passed < row.total for row in rows], dtype=np.bool_)
    return ModeCorrectness(
        plurality=mean_interval(modes[is_contested], m=max(1, m), level=level),
        sharpening=difference_interval(modes - rates, m=max(1, m), level=level),
        majority={f"maj@{k}": _majority(rows, k, m, level) for k in sorted(set(ks))},
        contested=len(contested),
        problems=len(rows),
        grouping=_grouping(kinds, failing),
        observed=kinds[Grouping.BEHAVIOUR] / failing if failing else 0.0,
    )


def _grouping(kinds: Counter[Grouping], failing: int) -> Grouping:
    for kind in _WEAKEST_FIRST:
        if kinds[kind] > UNOBSERVED_SHARE * failing:
            return kind
    return Grouping.OUTCOME


def _majority(rows: Sequence[_Groups], k: int, m: int, level: float) -> Measured:
    if not rows or k > m:
        return Insufficient(insufficient=f"some problem holds fewer than {k} scored samples", n=len(rows), m=m)
    return mean_interval([majority_at_k(row.passed, row.sizes, k) for row in rows], m=m, level=level)
