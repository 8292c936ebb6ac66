"""Which arms can race."""

from __future__ import annotations

from passgap.arms import ARMS
from passgap.errors import StudyError
from passgap.spec import StudySpec


def refuse_untrained_in_race(spec: StudySpec) -> None:
    """Refuse a race of arms of which one has no model of its own.

    Raises:
        StudyError: one has none.
    """
    race = getattr(spec, "race", None)  # of a draft with faults, the section may be missing
    untrained = [name for name in race.arms if name in ARMS and not ARMS[name].trains] if race is not None else []
    if untrained:
        raise StudyError(
            "race.arms: an arm that trains nothing cannot race",
            [f"{', '.join(untrained)}: it is measured in every case. Name arms that train a model."],
        )
