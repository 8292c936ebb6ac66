"""Two models on the same problems: the change of pass@k and of the gap, problem by problem."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pydantic import Field

from passgap.errors import StudyError
from passgap.estimates.counts import Counts, FloatArray
from passgap.estimates.measured import DEFAULT_LEVEL, difference_interval, with_warning
from passgap.estimates.scores import gap_at_k, gap_ceiling, pass_at_k
from passgap.estimates.signflip import sign_flip_p_values
from passgap.estimates.table import (
    DEFAULT_KS,
    EstimateTable,
    bonferroni,
    estimate_all,
    estimate_gap,
    estimate_pass_at_k,
    lacks,
    left_out_warning,
    scored_slices,
)
from passgap.records import UNSPECIFIED, Insufficient, Measured, Record


class PairedDelta(Record):
    """Tuned minus base on the same problems, with both sides and the sign-flip p-value."""

    delta: Measured
    base: Measured
    tuned: Measured
    p_value: float | None = Field(default=None, gt=0.0, le=1.0)
    """Two-sided; None where the delta is insufficient."""

    @property
    def overlap(self) -> bool | None:
        """Whether the two unpaired intervals overlap: shown where a policy asks for it, never decided on."""
        if isinstance(self.base, Insufficient) or isinstance(self.tuned, Insufficient):
            return None
        return self.base.low <= self.tuned.high and self.tuned.low <= self.base.high


class PValues(Record):
    """Sign-flip p-values under the names of the deltas; a delta that is insufficient has none."""

    overall: dict[str, float] = Field(default_factory=dict)
    slices: dict[str, dict[str, float]] = Field(default_factory=dict)


class Comparison(Record):
    """``passgap compare``: deltas in the shape of an :class:`EstimateTable`, with their p-values and both sides."""

    delta: EstimateTable
    base: EstimateTable
    tuned: EstimateTable
    p_values: PValues


@dataclass(frozen=True)
class _Pair:
    """Both models' rows of the problems that both have scored samples of, and what must be said of the others."""

    base: Counts
    tuned: Counts
    unscored: int
    warning: str

    @property
    def m(self) -> int:
        return min(self.base.m, self.tuned.m)

    def lacks(self, k: int) -> Insufficient | None:
        lacking = lacks(self.base, k) or lacks(self.tuned, k)
        if lacking is None:
            return None
        return lacking.model_copy(update={"m": self.m, "unscored": self.unscored})


def _measured_pair(base: Counts, tuned: Counts) -> _Pair:
    both = (base.samples > 0) & (tuned.samples > 0)
    return _Pair(
        base=base.where(both),
        tuned=tuned.where(both),
        unscored=base.total_unscored + tuned.total_unscored,
        warning=left_out_warning(int((~both).sum()), " on one side or both"),
    )


def join(base: Counts, tuned: Counts) -> tuple[Counts, Counts]:
    """Both tables with the same rows in the same order; a difficulty that one side lacks is taken from the other.

    Raises:
        StudyError: the problems or their difficulties differ; every one is named. Nothing is dropped silently.
    """
    faults = []
    only_base = sorted(set(base.ids).difference(tuned.ids))
    only_tuned = sorted(set(tuned.ids).difference(base.ids))
    if only_base:
        faults.append(f"only in base ({len(only_base)}): {', '.join(only_base)}")
    if only_tuned:
        faults.append(f"only in tuned ({len(only_tuned)}): {', '.join(only_tuned)}")
    if not faults:
        pairs = zip(base.ids, base.difficulties, tuned.difficulties, strict=True)
        clashing = [f"{name} ({a} / {b})" for name, a, b in pairs if a != b and UNSPECIFIED not in (a, b)]
        if clashing:
            faults.append(f"difficulty differs ({len(clashing)}): {', '.join(clashing)}")
    if faults:
        raise StudyError("The two models were not measured on the same problems, so no delta can be given", faults)
    labels = tuple(b if a == UNSPECIFIED else a for a, b in zip(base.difficulties, tuned.difficulties, strict=True))
    return _labelled(base, labels), _labelled(tuned, labels)


def _labelled(counts: Counts, labels: tuple[str, ...]) -> Counts:
    return Counts(counts.ids, labels, counts.samples, counts.correct, counts.unscored)


def paired_delta(base: Counts, tuned: Counts, k: int, *, level: float = DEFAULT_LEVEL) -> PairedDelta:
    """The change of pass@k from base to tuned over the same problems.

    Raises:
        StudyError: the two were not measured on the same problems.
    """
    return _paired(base, tuned, f"pass@{k}", level)


def paired_gap_delta(base: Counts, tuned: Counts, k: int, *, level: float = DEFAULT_LEVEL) -> PairedDelta:
    """The change of the gap pass@k - pass@1 from base to tuned over the same problems.

    Raises:
        StudyError: the two were not measured on the same problems.
    """
    return _paired(base, tuned, f"gap@{k}", level)


def _paired(base: Counts, tuned: Counts, name: str, level: float) -> PairedDelta:
    pair = _measured_pair(*join(base, tuned))
    kind, k = _parsed(name)
    estimate = estimate_gap if kind == "gap" else estimate_pass_at_k
    return PairedDelta(
        delta=_deltas(pair, [name], level)[name],
        base=estimate(base, k, level=level),
        tuned=estimate(tuned, k, level=level),
        p_value=_p_values(pair, [name]).get(name),
    )


def compare_all(
    base: Counts, tuned: Counts, ks: Sequence[int] = DEFAULT_KS, *, level: float = DEFAULT_LEVEL
) -> Comparison:
    """Paired deltas of pass@k and gap@k for every k, overall and by slice, with p-values and both sides' tables.

    Raises:
        StudyError: the two were not measured on the same problems.
    """
    base, tuned = join(base, tuned)
    pair = _measured_pair(base, tuned)
    wanted = sorted(set(ks))
    names = [f"pass@{k}" for k in wanted] + [f"gap@{k}" for k in wanted if k > 1]
    slices = {name: _measured_pair(base.where(rows), tuned.where(rows)) for name, rows in scored_slices(base).items()}
    joint = bonferroni(level, max(1, len(slices)))
    delta = EstimateTable(
        overall=_deltas(pair, names, level),
        slices={name: _deltas(part, names, level) for name, part in slices.items()},
        simultaneous={name: _deltas(part, names, joint) for name, part in slices.items()},
        problems=pair.base.n,
        samples=int(pair.base.samples.sum() + pair.tuned.samples.sum()),
        unscored=pair.unscored,
    )
    return Comparison(
        delta=delta,
        base=estimate_all(base, wanted, level=level),
        tuned=estimate_all(tuned, wanted, level=level),
        p_values=PValues(
            overall=_p_values(pair, names),
            slices={name: _p_values(part, names) for name, part in slices.items()},
        ),
    )


def _deltas(pair: _Pair, names: Sequence[str], level: float) -> dict[str, Measured]:
    row: dict[str, Measured] = {}
    for name in names:
        kind, k = _parsed(name)
        lacking = pair.lacks(k)
        if lacking is not None:
            row[name] = lacking
            continue
        differences, bound = _differences(pair, kind, k)
        measured = difference_interval(differences, bound, m=pair.m, level=level, unscored=pair.unscored)
        row[name] = with_warning(measured, pair.warning)
    return row


def _p_values(pair: _Pair, names: Sequence[str]) -> dict[str, float]:
    possible = [name for name in names if pair.lacks(_parsed(name)[1]) is None]
    if not possible:
        return {}
    columns = [_differences(pair, *_parsed(name))[0] for name in possible]
    return dict(zip(possible, (float(p) for p in sign_flip_p_values(np.stack(columns, axis=1))), strict=True))


def _parsed(name: str) -> tuple[str, int]:
    kind, _, k = name.partition("@")
    return kind, int(k)


def _differences(pair: _Pair, kind: str, k: int) -> tuple[FloatArray, float]:
    score = gap_at_k if kind == "gap" else pass_at_k
    difference = score(pair.tuned.samples, pair.tuned.correct, k) - score(pair.base.samples, pair.base.correct, k)
    if kind == "pass":
        return difference, 1.0
    return difference, max(gap_ceiling(pair.base.samples, k), gap_ceiling(pair.tuned.samples, k))
