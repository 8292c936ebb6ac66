"""How often what a diagnostic foretold came true, over studies."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from passgap.estimates import mean_interval
from passgap.estimates.measured import DEFAULT_LEVEL, difference_interval, ratio_interval
from passgap.predictors._scoring import Scored
from passgap.records import Estimate, Insufficient, Measured, Record


class PastPrediction(Record):
    """A prediction of a finished arm beside its outcome, with its study."""

    study: str
    """Tells studies apart: the hash of the first entry of the ledger."""
    arm: str
    scored: Scored


class Standing(Record):
    """The track record of one diagnostic.

    Arms of one study share the samples of its base model, so that the intervals are over studies.
    """

    predictor: str
    studies: int
    """Studies in which it foretold a direction or a size of a finished arm."""
    told: int
    """Arms of which it foretold a direction."""
    decided: int
    """Of these, the arms whose outcome tells where pass@1 went."""
    right: int
    """Of these, the arms that went where it was foretold."""
    share: Measured
    """``right`` of ``decided``."""
    commonest: int
    """How many of ``decided`` the best single direction, always foretold, would have got right."""
    sized: int
    """Finished arms of which it foretold a size."""
    covered: int
    """Of these, the arms whose outcome agrees with it."""
    coverage: Measured
    """``covered`` of ``sized``."""
    error: Measured
    """The outcome minus the foretold size: the mean over studies, each the mean of its arms."""


def standings_of(past: Iterable[PastPrediction], *, level: float = DEFAULT_LEVEL) -> tuple[Standing, ...]:
    """The track record of every diagnostic that foretold a direction or a size, in the order of their names."""
    grouped: dict[str, list[PastPrediction]] = defaultdict(list)
    for each in past:
        if each.scored.prediction.direction is not None or each.scored.covered is not None:
            grouped[each.scored.prediction.predictor].append(each)
    return tuple(_standing(name, grouped[name], level) for name in sorted(grouped))


def _standing(name: str, past: Sequence[PastPrediction], level: float) -> Standing:
    decided = [each for each in past if each.scored.right is not None]
    sized = [each for each in past if each.scored.covered is not None]
    came = Counter(each.scored.came for each in decided)
    return Standing(
        predictor=name,
        studies=len({each.study for each in past}),
        told=sum(each.scored.prediction.direction is not None for each in past),
        decided=len(decided),
        right=sum(each.scored.right is True for each in decided),
        share=_share([(each.study, each.scored.right is True) for each in decided], level),
        commonest=max(came.values(), default=0),
        sized=len(sized),
        covered=sum(each.scored.covered is True for each in sized),
        coverage=_share([(each.study, each.scored.covered is True) for each in sized], level),
        error=_error(sized, level),
    )


def _share(rows: Sequence[tuple[str, bool]], level: float) -> Measured:
    """The share of rows that hold, with its interval over studies."""
    studies = sorted({study for study, _ in rows})
    if not studies:
        return Insufficient(insufficient="no outcome tells", n=0, m=0)
    if len(studies) == len(rows):
        return mean_interval([float(held) for _, held in rows], level=level)
    held = [float(sum(right for each, right in rows if each == study)) for study in studies]
    all_ = [float(sum(each == study for each, _ in rows)) for study in studies]
    return ratio_interval(held, all_, level=level)


def _error(sized: Sequence[PastPrediction], level: float) -> Measured:
    by_study: dict[str, list[float]] = defaultdict(list)
    for each in sized:
        size, outcome = each.scored.prediction.size, each.scored.outcome
        if size is not None and isinstance(outcome, Estimate):
            by_study[each.study].append(outcome.value - size.value)
    if not by_study:
        return Insufficient(insufficient="no size was foretold of a finished arm", n=0, m=0)
    means = [sum(values) / len(values) for _, values in sorted(by_study.items())]
    return difference_interval(means, 2.0, level=level)
