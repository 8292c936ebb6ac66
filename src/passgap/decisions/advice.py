"""The recommended next move: arm, recipe, expected lift, price, and what would change the advice. All pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from passgap.decisions.verdict import Verdict
from passgap.predictors import Prediction
from passgap.records import Estimate, Insufficient, Measured, Record
from passgap.records.yields import YieldForecast


class AdvisedMove(Record):
    """A move that the verdict names, as it would be carried out."""

    arm: str
    recipe: str
    """Its settings in words; empty where it has none."""
    lift: Measured
    """The expected change of pass@1."""
    rests_on: str
    """Where the expected lift is from, in one sentence."""
    hours: Measured | None = None
    """Device-hours of making it; None where it takes none, or they are not known."""
    money: Measured | None = None


class Advice(Record):
    """The recommended next moves, and what would change the advice."""

    moves: tuple[AdvisedMove, ...]
    """None where more has to be measured first."""
    changes: tuple[str, ...]
    """Every single change of the evidence that gives another verdict."""


def advise(verdict: Verdict, moves: Iterable[AdvisedMove]) -> Advice:
    """Put the moves of a verdict beside what would change it."""
    return Advice(moves=tuple(moves), changes=tuple(dict.fromkeys(_changes(verdict))))


def _changes(verdict: Verdict) -> Iterator[str]:
    if verdict.needed is not None:
        yield f"{verdict.needed.problems} problems with {verdict.needed.samples} samples each would settle it"
    for row in verdict.sensitivity:
        if (row.verdict, row.other) != (verdict.verdict, verdict.other):
            other = f" ({row.other.label})" if row.other else ""
            yield f"{row.input}, {row.at}: {row.verdict.value}{other}"


def expected_lift(said: Sequence[Prediction]) -> tuple[Measured, str]:
    """The lift that diagnostics foretell with a size, and what it rests on.

    Its value is the mean of theirs, and its interval reaches over all of theirs: they share their samples, so that
    several of them are no surer than one.
    """
    sizes = [(each.predictor, each.size) for each in said if each.size is not None]
    if not sizes:
        return Insufficient(insufficient="no diagnostic foretells a size", n=0, m=0), ""
    values = [size for _, size in sizes]
    lift = Estimate(
        value=sum(each.value for each in values) / len(values),
        low=min(each.low for each in values),
        high=max(each.high for each in values),
        level=min(each.level for each in values),
        n=min(each.n for each in values),
        m=min(each.m for each in values),
        method="mean and span of the diagnostics' intervals",
        unit="difference",
    )
    return lift, f"what {', '.join(name for name, _ in sizes)} foretell; an inference until a track record bears it out"


def priced(move: AdvisedMove, forecast: YieldForecast | None) -> AdvisedMove:
    """The same move with the forecast price of making it."""
    if forecast is None:
        return move
    return move.model_copy(update={"hours": forecast.hours, "money": forecast.money})
