"""Two models on the same problems: the change of pass@k and of the gap, problem by problem."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from pydantic import Field

from passgap.errors import StudyError
from passgap.estimates.counts import Counts, FloatArray
from passgap.estimates.measured import DEFAULT_LEVEL, difference_interval, with_warning
from passgap.estimates.quantities import GapAtK, PassAtK, Quantity, quantities_for
from passgap.estimates.scores import gap_at_k, gap_ceiling, pass_at_k
from passgap.estimates.signflip import sign_flip_p_values
from passgap.estimates.table import (
    DEFAULT_KS,
    EstimateTable,
    bonferroni,
    estimate,
    estimate_all,
    lacks,
    left_out_warning,
    scored_slices,
)
from passgap.records import DEFAULT_LANGUAGE, UNSPECIFIED, Insufficient, Measured, Record
from passgap.records.units import FractionOf1


class PairedDelta(Record):
    """Tuned minus base on the same problems, with both sides and a p-value."""

    delta: Measured
    base: Measured
    tuned: Measured
    p_value: FractionOf1 | None = Field(default=None, gt=0.0, le=1.0)
    """Two-sided; None where the delta is insufficient."""

    @property
    def test(self) -> str:
        """The test that the p-value is of: over problems, or over problems and seeds where a side has several."""
        several = not isinstance(self.delta, Insufficient) and "seeds" in self.delta.method
        return "interval's" if several else "sign-flip"

    @property
    def overlap(self) -> bool | None:
        """Whether the two unpaired intervals overlap: shown where a policy asks for it, never decided on."""
        if isinstance(self.base, Insufficient) or isinstance(self.tuned, Insufficient):
            return None
        return self.base.low <= self.tuned.high and self.tuned.low <= self.base.high


class PValues(Record):
    """Sign-flip p-values under the names of the deltas; a delta that is insufficient has none."""

    overall: dict[str, FractionOf1] = Field(default_factory=dict)
    slices: dict[str, dict[str, FractionOf1]] = Field(default_factory=dict)


class Comparison(Record):
    """``passgap compare``: deltas in the shape of an :class:`EstimateTable`, with their p-values and both sides."""

    delta: EstimateTable
    base: EstimateTable
    tuned: EstimateTable
    p_values: PValues

    def paired(self, quantity: Quantity) -> PairedDelta:
        """The change of one compared quantity over all problems.

        Like :func:`paired_delta`, but with the comparison's p-value, whose random sign patterns all quantities share.

        Raises:
            KeyError: the quantity was not compared.
        """
        key = str(quantity)
        return PairedDelta(
            delta=self.delta.overall[key],
            base=self.base.overall[key],
            tuned=self.tuned.overall[key],
            p_value=self.p_values.overall.get(key),
        )


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
    """Both tables with the same rows in the same order; a label that one side lacks is taken from the other.

    Raises:
        StudyError: the problems, their difficulties or languages differ; every one is named, and nothing is dropped.
    """
    faults = []
    only_base = sorted(set(base.ids).difference(tuned.ids))
    only_tuned = sorted(set(tuned.ids).difference(base.ids))
    if only_base:
        faults.append(f"only in base ({len(only_base)}): {', '.join(only_base)}")
    if only_tuned:
        faults.append(f"only in tuned ({len(only_tuned)}): {', '.join(only_tuned)}")
    if not faults:
        faults += _clashes("difficulty", base.ids, base.difficulties, tuned.difficulties, UNSPECIFIED)
        faults += _clashes("language", base.ids, base.languages, tuned.languages, DEFAULT_LANGUAGE)
    if faults:
        raise StudyError("The two models were not measured on the same problems, so no delta can be given", faults)
    labels = _either(base.difficulties, tuned.difficulties, UNSPECIFIED)
    languages = _either(base.languages, tuned.languages, DEFAULT_LANGUAGE)
    return (
        replace(base, difficulties=labels, languages=languages),
        replace(tuned, difficulties=labels, languages=languages),
    )


def _clashes(label: str, ids: Sequence[str], ours: Sequence[str], theirs: Sequence[str], unknown: str) -> Iterator[str]:
    """Yield one fault that names all problems whose label differs, where neither side lacks it."""
    clashing = [
        f"{name} ({a} / {b})" for name, a, b in zip(ids, ours, theirs, strict=True) if a != b and unknown not in (a, b)
    ]
    if clashing:
        yield f"{label} differs ({len(clashing)}): {', '.join(clashing)}"


def _either(ours: Sequence[str], theirs: Sequence[str], unknown: str) -> tuple[str, ...]:
    """Each problem's label, from the side that has it."""
    return tuple(b if a == unknown else a for a, b in zip(ours, theirs, strict=True))


def paired_delta(base: Counts, tuned: Counts, k: int, *, level: float = DEFAULT_LEVEL) -> PairedDelta:
    """The change of pass@k from base to tuned over the same problems.

    Raises:
        StudyError: the two were not measured on the same problems.
    """
    return _paired(base, tuned, PassAtK(k), level)


def paired_gap_delta(base: Counts, tuned: Counts, k: int, *, level: float = DEFAULT_LEVEL) -> PairedDelta:
    """The change of the gap pass@k - pass@1 from base to tuned over the same problems.

    Raises:
        StudyError: the two were not measured on the same problems.
    """
    return _paired(base, tuned, GapAtK(k), level)


def _paired(base: Counts, tuned: Counts, quantity: Quantity, level: float) -> PairedDelta:
    pair = _measured_pair(*join(base, tuned))
    return PairedDelta(
        delta=_deltas(pair, [quantity], level)[str(quantity)],
        base=estimate(base, quantity, level=level),
        tuned=estimate(tuned, quantity, level=level),
        p_value=_p_values(pair, [quantity]).get(str(quantity)),
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
    quantities = quantities_for(ks)
    slices = {name: _measured_pair(base.where(rows), tuned.where(rows)) for name, rows in scored_slices(base).items()}
    joint = bonferroni(level, max(1, len(slices)))
    delta = EstimateTable(
        overall=_deltas(pair, quantities, level),
        slices={name: _deltas(part, quantities, level) for name, part in slices.items()},
        simultaneous={name: _deltas(part, quantities, joint) for name, part in slices.items()},
        problems=pair.base.n,
        samples=int(pair.base.samples.sum() + pair.tuned.samples.sum()),
        unscored=pair.unscored,
    )
    return Comparison(
        delta=delta,
        base=estimate_all(base, ks, level=level),
        tuned=estimate_all(tuned, ks, level=level),
        p_values=PValues(
            overall=_p_values(pair, quantities),
            slices={name: _p_values(part, quantities) for name, part in slices.items()},
        ),
    )


def _deltas(pair: _Pair, quantities: Sequence[Quantity], level: float) -> dict[str, Measured]:
    row: dict[str, Measured] = {}
    for quantity in quantities:
        lacking = pair.lacks(quantity.k)
        if lacking is not None:
            row[str(quantity)] = lacking
            continue
        differences, bound = _differences(pair, quantity)
        measured = difference_interval(differences, bound, m=pair.m, level=level, unscored=pair.unscored)
        row[str(quantity)] = with_warning(measured, pair.warning)
    return row


def _p_values(pair: _Pair, quantities: Sequence[Quantity]) -> dict[str, float]:
    possible = [quantity for quantity in quantities if pair.lacks(quantity.k) is None]
    if not possible:
        return {}
    columns = np.stack([_differences(pair, quantity)[0] for quantity in possible], axis=1)
    return dict(zip(map(str, possible), map(float, sign_flip_p_values(columns)), strict=True))


def _differences(pair: _Pair, quantity: Quantity) -> tuple[FloatArray, float]:
    """Each problem's difference, and the largest size that it can have."""
    k, base, tuned = quantity.k, pair.base, pair.tuned
    score = gap_at_k if isinstance(quantity, GapAtK) else pass_at_k
    difference = score(tuned.samples, tuned.correct, k) - score(base.samples, base.correct, k)
    if isinstance(quantity, PassAtK):
        return difference, 1.0
    return difference, max(gap_ceiling(base.samples, k), gap_ceiling(tuned.samples, k))
