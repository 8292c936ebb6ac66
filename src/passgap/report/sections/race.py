"""The race of arms: which were stopped, on which evidence, and how probably that was wrong."""

from __future__ import annotations

from collections.abc import Iterator

from passgap.decisions.race_report import Fate, RacedArm, RaceReport
from passgap.formatting import Intervals, count, hours, money, probability, share
from passgap.report.document import Block, Column, Heading, Look, Mark, Row, Section, Table, paragraph
from passgap.report.study_report import StudyReport

LOOKS = {Fate.GOES_ON: Look.GOOD, Fate.STOPPED: Look.BAD, Fate.CAP: Look.UNSURE}


def sections(report: StudyReport) -> Iterator[Section]:
    """Yield the race, where one was run."""
    if report.race is not None:
        yield Section(heading=Heading("Race of arms"), blocks=tuple(_blocks(report.race)))


def _blocks(race: RaceReport) -> Iterator[Block]:
    out = ", ".join(race.out) or "none"
    cap = "" if race.cap is None else f", of at most {money(race.cap)} for the raced arms together"
    yield paragraph(
        f"The race ended: {race.ended}. Not measured any further: {out}. By then it had taken {hours(race.hours)} "
        f"device-hours, {money(race.money)} {race.currency}{cap}; what the arms that are out would still have taken is "
        f"predicted at {hours(race.saved)} device-hours."
    )
    intervals = Intervals(each.pass_at_1 for each in race.arms)
    yield Table(
        title=intervals.titled("Arms on development problems"),
        columns=(
            Column("arm"),
            Column("fate"),
            Column("problems", numeric=True),
            Column("pass@1"),
            Column("e-value", numeric=True),
            Column("would have won", numeric=True),
        ),
        rows=tuple(
            Row(
                (
                    each.arm,
                    Mark(each.fate.value, LOOKS[each.fate]),
                    count(each.problems),
                    intervals.beside(each.pass_at_1),
                    f"{each.evidence:.3g}",
                    _chance(each, race),
                )
            )
            for each in race.arms
        ),
    )
    yield paragraph(
        f"An arm is stopped when the evidence that it is not the best reaches {1 / race.error:g}, at any look, every "
        f"{race.batch} problems with {race.samples} samples: the best one of the arms is stopped in at most "
        f"{share(race.error)} of races. `would have won`: the probability that it would have passed {race.leader} on "
        f"the {race.problems} development problems. These figures chose the arms, and are optimistic for those that "
        f"go on; held-out problems decide.",
        look=Look.FAINT,
    )


def _chance(arm: RacedArm, race: RaceReport) -> str:
    if arm.chance is not None:
        return probability(arm.chance)
    return "leads" if arm.arm == race.leader else ""
