"""The decode-only control (R8): the best evaluation setting of the base model, without the optimism of having looked.

The best of ten settings flatters itself by 1 to 3 percentage points on the problems that it was chosen on
(``docs/statistics.md``). So it is chosen on development problems and reported on test problems; where there are too
few for that, each fold is scored with the setting that the other folds chose.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

import numpy as np

from passgap.estimates import (
    DEFAULT_LEVEL,
    Counts,
    PairedDelta,
    counts_from_columns,
    estimate_pass_at_k,
    paired_delta,
)
from passgap.records import Measured, Record

SPLIT_AT = 200
"""With at least this many problems they are split into halves; below, five folds are crossed."""
FOLDS = 5
CROSS_LEVEL = 0.97
"""The level at which a cross-fitted interval is computed to hold about 95 %."""


class SelectionMethod(StrEnum):
    """How optimism was kept out."""

    SPLIT = "split"
    """Chosen on one half, reported on the other."""
    CROSS_FIT = "cross-fit"
    """Each fold scored with the setting that the others chose; the interval is widened."""


class DecodingChoice(Record):
    """The chosen setting, and what it does on problems that it was not chosen on."""

    chosen: str
    method: SelectionMethod
    development: dict[str, Measured]
    """pass@1 of every setting where the choice was made: for the record, optimistic for the chosen one."""
    test: Measured
    """pass@1 of the choice on problems that it was not made on."""
    lift: PairedDelta
    """The choice minus production decoding, on the same problems."""
    test_ids: tuple[str, ...]
    """The problems of ``test``; a tuned model is compared with this control on them."""


def development_half(ids: Iterable[str], salt: str = "decode-only") -> frozenset[str]:
    """The development half of a set of problems: fixed by the names alone, the same for every model and setting."""
    ranked = sorted(ids, key=lambda name: hashlib.sha256(f"{salt}:{name}".encode()).digest())
    return frozenset(ranked[: len(ranked) // 2])


def select_decoding(
    runs: Mapping[str, Counts], production: str, *, level: float = DEFAULT_LEVEL, split_at: int = SPLIT_AT
) -> DecodingChoice:
    """Choose the setting with the best pass@1, and report it without optimism.

    Args:
        runs: the base model's counts by setting, all on the same problems, production decoding among them.
        production: the name of production decoding.
        level: of the intervals; cross-fitted ones are computed at :data:`CROSS_LEVEL` or ``level``, the wider.
        split_at: problems from which they are split.

    Raises:
        ValueError: ``production`` is not among the runs, the runs differ in their problems, or a problem has no
            scored sample.
    """
    if production not in runs:
        raise ValueError(f"production decoding {production!r} is not among the runs: {', '.join(sorted(runs))}")
    ids = runs[production].ids
    for name, counts in runs.items():
        if counts.ids != ids:
            raise ValueError(f"{name} was not measured on the same problems as {production}")
        if counts.m == 0:
            raise ValueError(f"{name} has a problem without a scored sample")
    if len(ids) >= split_at:
        return _split(runs, production, level)
    return _cross_fit(runs, production, max(level, CROSS_LEVEL))


def _best(runs: Mapping[str, Counts], production: str) -> str:
    """The best mean; equal ones go to production, then to the first name."""
    means = {name: float((counts.correct / counts.samples).mean()) for name, counts in runs.items()}
    return min(means, key=lambda name: (-means[name], name != production, name))


def _split(runs: Mapping[str, Counts], production: str, level: float) -> DecodingChoice:
    ids = runs[production].ids
    chosen_on = development_half(ids)
    test_ids = tuple(name for name in ids if name not in chosen_on)
    development = {name: counts.select(chosen_on) for name, counts in runs.items()}
    chosen = _best(development, production)
    test = {name: runs[name].select(test_ids) for name in (chosen, production)}
    return DecodingChoice(
        chosen=chosen,
        method=SelectionMethod.SPLIT,
        development={name: estimate_pass_at_k(counts, 1, level=level) for name, counts in development.items()},
        test=estimate_pass_at_k(test[chosen], 1, level=level),
        lift=paired_delta(test[production], test[chosen], 1, level=level),
        test_ids=test_ids,
    )


def _cross_fit(runs: Mapping[str, Counts], production: str, level: float) -> DecodingChoice:
    ids = runs[production].ids
    folds = _folds(ids)
    parts = []
    for fold in folds:
        others = set(ids).difference(fold)
        chosen = _best({name: counts.select(others) for name, counts in runs.items()}, production)
        parts.append(runs[chosen].select(fold))
    crossed = _joined(parts)
    return DecodingChoice(
        chosen=_best(runs, production),
        method=SelectionMethod.CROSS_FIT,
        development={name: estimate_pass_at_k(counts, 1, level=level) for name, counts in runs.items()},
        test=estimate_pass_at_k(crossed, 1, level=level),
        lift=paired_delta(runs[production], crossed, 1, level=level),
        test_ids=ids,
    )


def _folds(ids: Sequence[str]) -> list[list[str]]:
    ranked = sorted(ids, key=lambda name: hashlib.sha256(f"fold:{name}".encode()).digest())
    return [part for part in (ranked[start::FOLDS] for start in range(FOLDS)) if part]


def _joined(parts: Sequence[Counts]) -> Counts:
    return counts_from_columns(
        [name for part in parts for name in part.ids],
        np.concatenate([part.samples for part in parts]),
        np.concatenate([part.correct for part in parts]),
        difficulties=[label for part in parts for label in part.difficulties],
        unscored=np.concatenate([part.unscored for part in parts]),
    )
