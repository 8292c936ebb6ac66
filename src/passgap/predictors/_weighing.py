"""The diagnostics' joint prediction for an arm, each weighted by how often it was right."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from passgap.predictors._prediction import Direction, Prediction
from passgap.predictors._track_record import Standing
from passgap.records import Estimate, Measured, Record
from passgap.records.units import FractionOf1

PRIOR: Final = (5.0, 5.0)
"""Right and wrong predictions that every diagnostic starts with: worth ten studies, of which it was right in half.

Three directions are possible, so that this is more than nothing, and less than decides (:data:`DECISIVE`).
"""

CHANCE: Final = 1.0 / len(Direction)
"""The share that is right by naming a direction at random."""

DECISIVE: Final = 2.0 / 3.0
"""The probability of a fall from which the verdict does not name minimal SSD. The prior alone cannot reach it."""


class TrackCount(Record):
    """In how many studies a diagnostic told a direction that the outcome decided on, and in how many it was right.

    A study with several such arms counts once, as right by the share of them.
    """

    studies: int
    right: float

    @property
    def chance(self) -> float:
        """The mean of the Beta posterior of its being right."""
        return (PRIOR[0] + self.right) / (sum(PRIOR) + self.studies)


class Voice(Record):
    """A diagnostic that foretells a direction, with its weight."""

    predictor: str
    measured: Measured
    direction: Direction
    chance: FractionOf1
    """The probability that it is right: of the prior, or with its track record."""
    weight: FractionOf1
    """Its share in the whole statement, in proportion to how much better than chance it is."""
    studies: int
    """Of the track record that ``chance`` rests on; 0 where there is none, and it is the prior."""
    right: float


class Foretold(Record):
    """The joint prediction of diagnostics for an arm: a linear pool of their statements.

    A linear pool is never surer than its surest member. That is what keeps diagnostics that rest on the same samples
    from being counted several times.
    """

    arm: str
    voices: tuple[Voice, ...]
    up: FractionOf1
    none: FractionOf1
    down: FractionOf1

    @property
    def has_record(self) -> bool:
        """Whether any of the weights rests on a track record."""
        return any(each.studies for each in self.voices)


def counts_of(standings: Iterable[Standing]) -> dict[str, TrackCount]:
    """The counts that weights rest on, of every diagnostic whose predictions were decided."""
    return {
        each.predictor: TrackCount(studies=each.share.n, right=each.share.n * each.share.value)
        for each in standings
        if isinstance(each.share, Estimate)
    }


def weigh(
    arm: str, said: Iterable[Prediction], record: Mapping[str, TrackCount], heard: Collection[str]
) -> Foretold | None:
    """Pool what diagnostics say of an arm; None where none of them foretells a direction.

    Args:
        arm: its name.
        said: what each diagnostic says.
        record: how often each was right.
        heard: the diagnostics that count: what the verdict reads in its own right is not heard again.
    """
    none = TrackCount(studies=0, right=0.0)
    spoken = [
        (each, each.direction, record.get(each.predictor, none))
        for each in said
        if each.direction is not None and each.predictor in heard
    ]
    skills = [max(0.0, count.chance - CHANCE) for _, _, count in spoken]
    total = sum(skills)
    if not total:
        return None
    voices = tuple(
        Voice(
            predictor=each.predictor,
            measured=each.measured,
            direction=direction,
            chance=count.chance,
            weight=skill / total,
            studies=count.studies,
            right=count.right,
        )
        for (each, direction, count), skill in zip(spoken, skills, strict=True)
    )
    pooled = {
        direction: sum(
            voice.weight * (voice.chance if voice.direction is direction else (1.0 - voice.chance) / 2.0)
            for voice in voices
        )
        for direction in Direction
    }
    return Foretold(
        arm=arm,
        voices=voices,
        up=min(1.0, pooled[Direction.UP]),
        none=min(1.0, pooled[Direction.NONE]),
        down=min(1.0, pooled[Direction.DOWN]),
    )
