"""pass@k and the gap, overall and by slice: the table behind ``passgap estimate``."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from passgap.estimates.counts import BoolArray, Counts
from passgap.estimates.measured import DEFAULT_LEVEL, mean_interval, with_warning
from passgap.estimates.quantities import GapAtK, PassAtK, Quantity, quantities_for
from passgap.estimates.scores import gap_at_k, gap_ceiling, pass_at_k
from passgap.records import UNSPECIFIED, Insufficient, Measured, Record

DEFAULT_KS = (1, 4, 8, 16)


def customary_ks(*tables: Counts) -> tuple[int, ...]:
    """The customary k up to the samples that were drawn for some problem.

    A k for which only some problems have enough samples is included: its estimate is then ``Insufficient`` and states
    the reason, where leaving the k out would hide it.
    """
    drawn = max((int((each.samples + each.unscored).max()) for each in tables if each.n), default=0)
    return tuple(k for k in DEFAULT_KS if k <= drawn) or DEFAULT_KS


class EstimateTable(Record):
    """Estimates by name (``pass@1``, ``pass@16``, ``gap@16``), overall and for each slice.

    Each interval of ``slices`` has the level of ``overall``. Those of ``simultaneous`` are widened by Bonferroni's
    correction so that all slices hold at once: a decision or a sentence about "which slice" rests on them. Both are
    empty where the problems carry no difficulty.
    """

    overall: dict[str, Measured]
    slices: dict[str, dict[str, Measured]] = Field(default_factory=dict)
    simultaneous: dict[str, dict[str, Measured]] = Field(default_factory=dict)
    problems: int = Field(ge=0)
    samples: int = Field(ge=0)
    unscored: int = Field(default=0, ge=0)

    def overall_of(self, quantity: Quantity) -> Measured | None:
        """A quantity over all problems; None where the table does not hold it."""
        return self.overall.get(str(quantity))


def estimate_pass_at_k(counts: Counts, k: int, *, level: float = DEFAULT_LEVEL) -> Measured:
    """The unbiased pass@k over problems with its interval; the estimand is a further problem of the same kind.

    ``Insufficient`` where there is no problem, or one with scored samples but fewer than ``k``. A problem without
    any scored sample is left out, and the estimate's warning says so.

    Raises:
        ValueError: ``k`` is below 1.
    """
    lacking = lacks(counts, k)
    if lacking is not None:
        return lacking
    rows = counts.measured()
    scores = pass_at_k(rows.samples, rows.correct, k)
    measured = mean_interval(scores, m=rows.m, level=level, unscored=counts.total_unscored)
    return with_warning(measured, unmeasured_warning(counts))


def estimate_gap(counts: Counts, k: int, *, level: float = DEFAULT_LEVEL) -> Measured:
    """The gap pass@k - pass@1 over problems with its interval: the room that self-distillation can concentrate on.

    Raises:
        ValueError: ``k`` is below 2.
    """
    lacking = lacks(counts, GapAtK(k).k)
    if lacking is not None:
        return lacking
    rows = counts.measured()
    scores = gap_at_k(rows.samples, rows.correct, k)
    ceiling = gap_ceiling(rows.samples, k)
    measured = mean_interval(scores, ceiling, m=rows.m, level=level, unit="points", unscored=counts.total_unscored)
    return with_warning(measured, unmeasured_warning(counts))


def left_out_warning(problems: int, where: str) -> str:
    """The warning that so many problems are in no estimate because none of their samples was scored; empty for none."""
    if not problems:
        return ""
    return f"{problems} problem{' without' if problems == 1 else 's without'} a scored sample{where} " + (
        "is left out" if problems == 1 else "are left out"
    )


def unmeasured_warning(counts: Counts) -> str:
    """The warning about problems without a scored sample, which are in no estimate; empty for none."""
    return left_out_warning(counts.unmeasured, "")


def lacks(counts: Counts, k: int) -> Insufficient | None:
    """The reason why pass@k cannot be estimated from these counts; None where it can.

    Raises:
        ValueError: ``k`` is below 1.
    """
    PassAtK(k)  # refuses a k that is not defined
    rows = counts.measured()
    sizes = {"n": rows.n, "m": rows.m, "unscored": counts.total_unscored}
    if not rows.n:
        return Insufficient(insufficient="no problem was measured", **sizes)
    short = int((rows.samples < k).sum())
    if short:
        reason = f"{short} of {rows.n} problems hold fewer than {k} scored samples (the fewest: {rows.m})"
        return Insufficient(insufficient=reason, **sizes)
    return None


def scored_slices(counts: Counts) -> dict[str, BoolArray]:
    """The rows of each slice: every difficulty, where problems carry one, and every language, where several are."""
    names, languages = counts.slices, sorted(set(counts.languages))
    difficulties = {} if set(names) <= {UNSPECIFIED} else {name: counts.mask(name) for name in names}
    several = {f"language: {name}": counts.of_language(name) for name in languages} if len(languages) > 1 else {}
    return difficulties | several


def bonferroni(level: float, comparisons: int) -> float:
    """The level at which each of several intervals must stand for all of them to hold at ``level``."""
    return 1.0 - (1.0 - level) / comparisons


def estimate_all(counts: Counts, ks: Sequence[int] = DEFAULT_KS, *, level: float = DEFAULT_LEVEL) -> EstimateTable:
    """Estimate pass@k for every k, and gap@k for every k above 1, overall and by slice.

    Raises:
        ValueError: a ``k`` is below 1.
    """
    wanted = sorted(set(ks))
    slices = {name: counts.where(rows) for name, rows in scored_slices(counts).items()}
    joint = bonferroni(level, max(1, len(slices)))
    return EstimateTable(
        overall=_row(counts, wanted, level),
        slices={name: _row(part, wanted, level) for name, part in slices.items()},
        simultaneous={name: _row(part, wanted, joint) for name, part in slices.items()},
        problems=counts.n,
        samples=int(counts.samples.sum()),
        unscored=counts.total_unscored,
    )


def estimate(counts: Counts, quantity: Quantity, *, level: float = DEFAULT_LEVEL) -> Measured:
    """Estimate one quantity over problems."""
    estimator = estimate_gap if isinstance(quantity, GapAtK) else estimate_pass_at_k
    return estimator(counts, quantity.k, level=level)


def _row(counts: Counts, ks: Sequence[int], level: float) -> dict[str, Measured]:
    return {str(each): estimate(counts, each, level=level) for each in quantities_for(ks)}
