"""Candidates that were made several times, each time from another seed, and compared on the same problems."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from passgap.estimates.counts import BoolArray, Counts, FloatArray
from passgap.estimates.measured import DEFAULT_LEVEL, difference_interval, mean_interval, with_warning
from passgap.estimates.paired import Comparison, PairedDelta, PValues, compare_all, join, paired_delta
from passgap.estimates.quantities import GapAtK, PassAtK, Quantity, quantities_for
from passgap.estimates.scores import gap_at_k, gap_ceiling, pass_at_k
from passgap.estimates.seed_spread import p_value_with_seeds, spread_between, widened_by_seeds
from passgap.estimates.table import (
    EstimateTable,
    bonferroni,
    estimate_all,
    lacks,
    left_out_warning,
    scored_slices,
)
from passgap.records import Insufficient, Measured, Unit


@dataclass(frozen=True)
class _Side:
    """One model, measured once or with several seeds, on some problems."""

    tables: tuple[Counts, ...]

    @property
    def m(self) -> int:
        return min(each.m for each in self.tables)

    @property
    def unscored(self) -> int:
        return sum(each.total_unscored for each in self.tables)

    def where(self, rows: BoolArray) -> _Side:
        return _Side(tuple(each.where(rows) for each in self.tables))

    def lacks(self, k: int) -> Insufficient | None:
        lacking = next((found for each in self.tables if (found := lacks(each, k)) is not None), None)
        return None if lacking is None else lacking.model_copy(update={"m": self.m, "unscored": self.unscored})

    def scores(self, quantity: Quantity) -> FloatArray:
        """The score of each problem with each seed, shape (seeds, problems)."""
        score = gap_at_k if isinstance(quantity, GapAtK) else pass_at_k
        return np.stack([score(each.samples, each.correct, quantity.k) for each in self.tables])

    def ceiling(self, quantity: Quantity) -> float:
        """The largest score that a problem can have."""
        if not isinstance(quantity, GapAtK):
            return 1.0
        return max(gap_ceiling(each.samples, quantity.k) for each in self.tables)


def compare_repeated(
    base: Sequence[Counts], tuned: Sequence[Counts], ks: Sequence[int], *, level: float = DEFAULT_LEVEL
) -> Comparison:
    """Like :func:`~passgap.estimates.compare_all` for candidates that were made with one seed or several.

    A value is the mean over problems and seeds, and its interval is about further problems *and* further seeds. With
    one table on each side it is that of :func:`compare_all`. The p-value of a delta of several seeds is that of its
    interval: flipping the signs of problems would not see the seeds.

    Raises:
        StudyError: the tables are not of the same problems.
    """
    if len(base) == len(tuned) == 1:
        return compare_all(base[0], tuned[0], ks, level=level)
    before, after, left_out = _joined(base, tuned)
    warning = left_out_warning(left_out, " on one side or both")
    quantities = quantities_for(ks)
    first = before.tables[0]
    slices = scored_slices(first)
    joint = bonferroni(level, max(1, len(slices)))
    parts = {name: (before.where(rows), after.where(rows)) for name, rows in slices.items()}
    overall = {str(each): _delta(before, after, each, level, warning) for each in quantities}
    by_slice = {name: {str(q): _delta(*pair, q, level, "") for q in quantities} for name, pair in parts.items()}
    return Comparison(
        delta=EstimateTable(
            overall={name: each for name, (each, _) in overall.items()},
            slices={name: {q: each for q, (each, _) in row.items()} for name, row in by_slice.items()},
            simultaneous={
                name: {str(q): _delta(*pair, q, joint, "")[0] for q in quantities} for name, pair in parts.items()
            },
            problems=first.n,
            samples=sum(int(each.samples.sum()) for side in (before, after) for each in side.tables),
            unscored=before.unscored + after.unscored,
        ),
        base=estimate_repeated(before.tables, ks, level=level),
        tuned=estimate_repeated(after.tables, ks, level=level),
        p_values=PValues(
            overall={name: p for name, (_, p) in overall.items() if p is not None},
            slices={name: {q: p for q, (_, p) in row.items() if p is not None} for name, row in by_slice.items()},
        ),
    )


def repeated_delta(
    base: Sequence[Counts], tuned: Sequence[Counts], quantity: Quantity, *, level: float = DEFAULT_LEVEL
) -> PairedDelta:
    """The change of one quantity between candidates that were made with one seed or several.

    Raises:
        StudyError: the tables are not of the same problems.
    """
    if len(base) == len(tuned) == 1 and isinstance(quantity, PassAtK):
        return paired_delta(base[0], tuned[0], quantity.k, level=level)
    return compare_repeated(base, tuned, (quantity.k,), level=level).paired(quantity)


def estimate_repeated(tables: Sequence[Counts], ks: Sequence[int], *, level: float = DEFAULT_LEVEL) -> EstimateTable:
    """Like :func:`~passgap.estimates.estimate_all` for the tables of one seed each, all on the same problems."""
    if len(tables) == 1:
        return estimate_all(tables[0], ks, level=level)
    side = _Side(tuple(tables))
    quantities = quantities_for(sorted(set(ks)))
    slices = {name: side.where(rows) for name, rows in scored_slices(side.tables[0]).items()}
    joint = bonferroni(level, max(1, len(slices)))

    def row(part: _Side, at: float) -> dict[str, Measured]:
        return {str(each): _mean(part, each, at) for each in quantities}

    return EstimateTable(
        overall=row(side, level),
        slices={name: row(part, level) for name, part in slices.items()},
        simultaneous={name: row(part, joint) for name, part in slices.items()},
        problems=side.tables[0].n,
        samples=sum(int(each.samples.sum()) for each in side.tables),
        unscored=side.unscored,
    )


def _joined(base: Sequence[Counts], tuned: Sequence[Counts]) -> tuple[_Side, _Side, int]:
    """All tables on the problems that every one has scored samples of, and how many others there are."""
    first = reduce(lambda known, each: join(known, each)[0], (*base[1:], *tuned), base[0])
    tables = [join(first, each)[1] for each in (*base, *tuned)]
    scored = np.all([each.samples > 0 for each in tables], axis=0)
    kept = tuple(each.where(scored) for each in tables)
    return _Side(kept[: len(base)]), _Side(kept[len(base) :]), int((~scored).sum())


def _delta(
    before: _Side, after: _Side, quantity: Quantity, level: float, warning: str
) -> tuple[Measured, float | None]:
    """The change of a quantity and its p-value."""
    m, unscored = min(before.m, after.m), before.unscored + after.unscored
    lacking = before.lacks(quantity.k) or after.lacks(quantity.k)
    if lacking is not None:
        return lacking.model_copy(update={"m": m, "unscored": unscored}), None
    base, tuned = before.scores(quantity), after.scores(quantity)
    bound = max(before.ceiling(quantity), after.ceiling(quantity))
    plain = difference_interval(tuned.mean(axis=0) - base.mean(axis=0), bound, m=m, level=level, unscored=unscored)
    spreads = [spread_between(each) for each in (base, tuned) if len(each) > 1]
    widened = widened_by_seeds(plain, spreads, -bound, bound)
    return with_warning(widened, warning), p_value_with_seeds(plain, spreads)


def _mean(side: _Side, quantity: Quantity, level: float) -> Measured:
    lacking = side.lacks(quantity.k)
    if lacking is not None:
        return lacking
    scored = np.all([each.samples > 0 for each in side.tables], axis=0)
    kept = side.where(scored)
    scores = kept.scores(quantity)
    unit: Unit = "points" if isinstance(quantity, GapAtK) else "fraction"
    ceiling = kept.ceiling(quantity)
    plain = mean_interval(scores.mean(axis=0), ceiling, m=kept.m, level=level, unit=unit, unscored=side.unscored)
    widened = widened_by_seeds(plain, [spread_between(scores)], 0.0, ceiling)
    return with_warning(widened, left_out_warning(int((~scored).sum()), " with some seed"))
