"""The decode-only control: the best decoding of the base model, estimated without selection bias.

The best of ten settings is overestimated by 1 to 5 percentage points on the problems that it was chosen on
(``docs/statistics.md``). So it is chosen on development problems and reported on test problems; where there are too
few for that, each fold is scored with the setting that the other folds chose.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

import numpy as np
from pydantic import Field

from passgap.estimates import (
    DEFAULT_LEVEL,
    Counts,
    PairedDelta,
    counts_from_columns,
    estimate_pass_at_k,
    paired_delta,
)
from passgap.estimates.intervals import z_quantile
from passgap.estimates.measured import with_warning
from passgap.estimates.table import left_out_warning
from passgap.formatting import stated, stated_sizes
from passgap.records import Insufficient, Measured, Record

SPLIT_AT = 200
"""With at least this many problems they are split into halves; below, five folds are crossed."""
FOLDS = 5
CROSS_WIDENING = 1.25
"""How much wider a cross-fitted interval is made: its folds share the problems that they choose on, which the interval
does not see. Measured in ``docs/statistics.md``."""
FEWEST = 2
"""The least number of problems: one to choose on and another to report on."""


class SelectionMethod(StrEnum):
    """How selection bias was avoided."""

    SPLIT = "split"
    """Chosen on one half, reported on the other."""
    CROSS_FIT = "cross-fit"
    """Each fold scored with the setting that the others chose; the interval is widened."""

    def level(self, declared: float) -> float:
        """The level at which an interval on the choice's test problems is computed to hold the declared one."""
        if self is SelectionMethod.SPLIT:
            return declared
        return min(0.9999, round(math.erf(CROSS_WIDENING * z_quantile(declared) / math.sqrt(2.0)), 4))


class DecodingChoice(Record):
    """The chosen setting, and its result on problems that it was not chosen on."""

    chosen: str
    """The best setting; where folds were crossed, the best one on all problems."""
    production: str
    method: SelectionMethod
    development: dict[str, Measured]
    """pass@1 of every setting where the choice was made: for the record, optimistic for the chosen one."""
    test: Measured
    """pass@1 of the choice on problems that it was not made on."""
    lift: PairedDelta
    """The choice minus production decoding, on the same problems."""
    tested: dict[str, tuple[str, ...]]
    """The problems of ``test`` by the setting that was chosen without them."""
    left_out: int = Field(default=0, ge=0)
    """Problems without a scored sample at every setting: they are on neither side."""
    summary: str = ""

    @property
    def keeps_production(self) -> bool:
        """Whether production decoding was chosen everywhere, so that there is no other decoding to compare with."""
        return set(self.tested) == {self.production} and self.chosen == self.production

    @property
    def test_ids(self) -> tuple[str, ...]:
        """The problems of ``test``; a tuned model is compared with this control on them."""
        return tuple(sorted(name for names in self.tested.values() for name in names))

    def counts(self, runs: Mapping[str, Counts]) -> Counts:
        """The counts behind ``test``, from the runs that the choice was made of."""
        return _joined([runs[setting].select(names) for setting, names in self.tested.items()])


def development_half(ids: Iterable[str], salt: str = "decode-only") -> frozenset[str]:
    """The development half of a set of problems: fixed by the names alone, the same for every model and setting."""
    ranked = sorted(ids, key=lambda name: hashlib.sha256(f"{salt}:{name}".encode()).digest())
    return frozenset(ranked[: len(ranked) // 2])


def select_decoding(
    runs: Mapping[str, Counts], production: str, *, level: float = DEFAULT_LEVEL, split_at: int = SPLIT_AT
) -> DecodingChoice | Insufficient:
    """Choose the setting with the best pass@1, and estimate it without selection bias.

    A problem that has no scored sample at some setting is left out of all of them, counted, and named in warnings.

    Args:
        runs: the base model's counts by setting, all on the same problems, production decoding among them.
        production: the name of production decoding.
        level: of the intervals; cross-fitted ones are computed at a higher one (:meth:`SelectionMethod.level`).
        split_at: problems from which they are split.

    Returns:
        The choice; ``Insufficient`` where fewer than :data:`FEWEST` problems are left.

    Raises:
        ValueError: ``production`` is not among the runs, or the runs differ in their problems.
    """
    if production not in runs:
        raise ValueError(f"production decoding {production!r} is not among the runs: {', '.join(sorted(runs))}")
    ids = runs[production].ids
    for name, counts in runs.items():
        if counts.ids != ids:
            raise ValueError(f"{name} was not measured on the same problems as {production}")
    scored = np.all([counts.samples > 0 for counts in runs.values()], axis=0)
    kept = {name: counts.where(scored) for name, counts in runs.items()}
    measured = kept[production]
    if measured.n < FEWEST:
        unscored = sum(counts.total_unscored for counts in runs.values())
        reason = f"{measured.n} of {len(ids)} problems have a scored sample at every setting; {FEWEST} are needed"
        return Insufficient(insufficient=reason, n=measured.n, m=measured.m, unscored=unscored)
    method = SelectionMethod.SPLIT if measured.n >= split_at else SelectionMethod.CROSS_FIT
    development, tested = (_split if method is SelectionMethod.SPLIT else _cross_fit)(kept, production)
    each, warning = method.level(level), left_out_warning(len(ids) - measured.n, " at every setting")
    counts = _joined([kept[setting].select(names) for setting, names in tested.items()])
    lift = paired_delta(measured.select(counts.ids), counts, 1, level=each)
    test = with_warning(estimate_pass_at_k(counts, 1, level=each), warning)
    chosen = _best(development, production)
    choice = DecodingChoice(
        chosen=chosen,
        production=production,
        method=method,
        development={name: estimate_pass_at_k(row, 1, level=each) for name, row in development.items()},
        test=test,
        lift=lift.model_copy(update={"delta": with_warning(lift.delta, warning)}),
        tested=tested,
        left_out=len(ids) - measured.n,
    )
    return choice.model_copy(update={"summary": _summary(choice)})


def highest_mean(means: Mapping[str, float], production: str) -> str:
    """The label of the highest mean; equal ones go to production decoding, then to the first label."""
    return min(means, key=lambda name: (-means[name], name != production, name))


def _best(runs: Mapping[str, Counts], production: str) -> str:
    means = {name: float((counts.correct / counts.samples).mean()) for name, counts in runs.items()}
    return highest_mean(means, production)


_Runs = Mapping[str, Counts]
_Tested = dict[str, tuple[str, ...]]


def _split(runs: _Runs, production: str) -> tuple[_Runs, _Tested]:
    """The runs to choose on, and the other problems by the setting that is chosen."""
    ids = runs[production].ids
    chosen_on = development_half(ids)
    development = {name: counts.select(chosen_on) for name, counts in runs.items()}
    return development, {_best(development, production): tuple(name for name in ids if name not in chosen_on)}


def _cross_fit(runs: _Runs, production: str) -> tuple[_Runs, _Tested]:
    """All runs, and each fold by the setting that the others choose."""
    ids = runs[production].ids
    tested: _Tested = {}
    for fold in _folds(ids):
        others = set(ids).difference(fold)
        chosen = _best({name: counts.select(others) for name, counts in runs.items()}, production)
        tested[chosen] = tuple(sorted((*tested.get(chosen, ()), *fold)))
    return runs, tested


def _summary(choice: DecodingChoice) -> str:
    n = choice.development[choice.production].n
    split = choice.method is SelectionMethod.SPLIT
    best = f"Of {len(choice.development)} settings, {choice.chosen}"
    where = f"{n} development problems" if split else f"all {n} problems"
    if choice.keeps_production:
        return f"{best}, production decoding itself, is the best on {where}: another decoding offers no gain."
    test = "on the test problems, one try" if split else "cross-fitted in five folds, one try"
    return (
        f"{best} is the best on {where}; {test} solves {stated(choice.test)}, {stated(choice.lift.delta)} relative to "
        f"production decoding ({stated_sizes(choice.lift.delta)})."
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
        languages=[label for part in parts for label in part.languages],
        unscored=np.concatenate([part.unscored for part in parts]),
    )
