"""The search for an arm's recipe: what was tried, what was dropped at which rung and why, and how the winner did."""

from __future__ import annotations

from collections.abc import Iterator

from passgap.decisions.recipe_search import Fate, JudgedRung, JudgedTrial, SearchOutcome
from passgap.estimates import PASS_AT_1
from passgap.formatting import Intervals, hours, interval_of, money, share, stated, value_of
from passgap.records import Estimate, Insufficient, Measured
from passgap.report.document import (
    Block,
    Bullets,
    Column,
    Document,
    Heading,
    Look,
    Mark,
    Row,
    Section,
    Table,
    paragraph,
)
from passgap.report.study_report import ArmReport, StudyReport

LOOKS = {Fate.CHOSEN: Look.GOOD, Fate.GOES_ON: Look.PLAIN, Fate.OUTRANKED: Look.FAINT, Fate.BUDGET: Look.UNSURE}

GAIN = (
    "The gain is the mean change of the log-likelihood per token of the base model's own right answers, each model at "
    "the temperature of its own at which they are likeliest: a model that is only cooler gains 0. It was taken on "
    "{problems} development problems."
)

OPTIMISTIC = "The winner was chosen for its figures on development problems, which are optimistic for it."


def sections(report: StudyReport) -> Iterator[Section]:
    """Yield the search, where one was carried out."""
    if report.pilot is not None:
        arm = next((each for each in report.arms if each.arm == report.pilot.arm), None)
        yield section(report.pilot, report.setup.currency, arm)


def pilot_document(outcome: SearchOutcome, study: str, model: str, currency: str) -> Document:
    """A finished search as a document."""
    return Document(title=study, subtitle=model, sections=(section(outcome, currency, None),))


def section(outcome: SearchOutcome, currency: str, arm: ArmReport | None) -> Section:
    """The search, beside what its winner came to on held-out problems.

    Args:
        outcome: the search.
        currency: of its cost.
        arm: the arm that was run with the winner; None where it was not.
    """
    spent = (
        f"It took {hours(outcome.hours)} device-hours, {money(outcome.money)} {currency}, which count towards the arm."
    )
    cut = (f"The budget had no place for recipe {each.number}: {each.label}." for each in outcome.cut)
    return Section(
        heading=Heading(f"Recipe search: {outcome.arm}"),
        lead=(
            paragraph(outcome.why),
            paragraph(GAIN.format(problems=outcome.text_problems), spent),
            Bullets(tuple(cut)),
        ),
        blocks=(_recipes(outcome), *map(_rung, outcome.rungs), *_winner(outcome, arm)),
    )


def _recipes(outcome: SearchOutcome) -> Table:
    """Every recipe, and where it ended."""
    ends: dict[int, tuple[int, JudgedTrial]] = {}
    for rung in outcome.rungs:
        ends |= {each.trial.recipe: (rung.number, each) for each in rung.trials}
    rows = []
    for recipe in outcome.recipes:
        number, last = ends[recipe.number]
        look = Look.CHOSEN if last.fate is Fate.CHOSEN else Look.PLAIN
        fate = Mark(last.fate.value, LOOKS.get(last.fate, Look.BAD))
        rows.append(Row((str(recipe.number), recipe.label, str(number), fate, last.why), look=look))
    return Table(
        title="Recipes",
        columns=(
            Column("#", numeric=True),
            Column("recipe"),
            Column("last rung", numeric=True),
            Column("fate"),
            Column("why"),
        ),
        rows=tuple(rows),
    )


def _rung(rung: JudgedRung) -> Table:
    gains = [_gain(each) for each in rung.trials]
    intervals = Intervals(gains)
    return Table(
        title=intervals.titled(
            f"Rung {rung.number}: {share(rung.dose)} of the updates, {rung.problems} development problems with "
            f"{rung.samples} samples each"
        ),
        columns=(
            Column("#", numeric=True),
            Column("gain, nats/token", numeric=True),
            Column("interval"),
            Column("best T", numeric=True),
            Column("KL, nats/token", numeric=True),
            Column("pass@1 change"),
            Column("alerts"),
            Column("fate"),
        ),
        rows=tuple(_trial(each, gain, intervals) for each, gain in zip(rung.trials, gains, strict=True)),
    )


def _trial(each: JudgedTrial, gain: Measured, intervals: Intervals) -> Row:
    trial = each.trial
    warm = f"{trial.gain.temperature:.2f} (base {trial.gain.base_temperature:.2f})" if trial.gain else ""
    alerts = ", ".join(outcome.probe for outcome in trial.battery.alerts) if trial.battery else ""
    return Row(
        (
            str(trial.recipe),
            value_of(gain),
            intervals.of(gain),
            warm,
            value_of(trial.divergence) if trial.divergence else "",
            stated(trial.pass_at_1) if trial.pass_at_1 else "",
            alerts or "none",
            Mark(each.fate.value, LOOKS.get(each.fate, Look.BAD)),
        ),
        look=Look.CHOSEN if each.fate is Fate.CHOSEN else Look.PLAIN,
    )


def _gain(each: JudgedTrial) -> Measured:
    gain = each.trial.gain
    return gain.gain if gain else Insufficient(insufficient="its fine-tune failed", n=0, m=0)


def _winner(outcome: SearchOutcome, arm: ArmReport | None) -> Iterator[Block]:
    """Set the winner's figure on development problems beside that on held-out ones."""
    won = outcome.winning
    if won is None or won.pass_at_1 is None:
        return
    lines: list[tuple[str, Measured, str]] = [
        ("development", won.pass_at_1, "optimistic: it was chosen on these problems")
    ]
    if arm is not None:
        lines.append(
            ("held-out", arm.comparison.paired(PASS_AT_1).delta, "unbiased: nothing was chosen on these problems")
        )
    yield paragraph(OPTIMISTIC)
    yield Table(
        title="The winner's change of pass@1 at production decoding",
        columns=(
            Column("problems"),
            Column("change", numeric=True),
            Column("interval"),
            Column("n", numeric=True),
            Column("reading"),
        ),
        rows=tuple(
            Row((name, value_of(each), interval_of(each) if isinstance(each, Estimate) else "", str(each.n), reading))
            for name, each, reading in lines
        ),
    )
