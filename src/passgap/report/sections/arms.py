"""All arms side by side: what each changes, whether that holds for all of them at once, and what it costs."""

from __future__ import annotations

from collections.abc import Iterator

from passgap.decisions import ArmChoice, BreakEven
from passgap.decisions.wording import listed
from passgap.formatting import Intervals, count, few_hours, few_money, p_value, points, probability
from passgap.records import Insufficient
from passgap.report.charts import ArmsPlane
from passgap.report.comparison import ArmRow, ArmsComparison, CostRange
from passgap.report.document import PAGES, TERMINAL, Bullets, Figure, Heading, Look, Mark, Only, Row, Section, Table
from passgap.report.study_report import StudyReport
from passgap.report.tables import columns


def sections(report: StudyReport) -> Iterator[Section]:
    """Yield the comparison, where there is an arm to compare and the study declared how."""
    compared = report.comparison
    if compared is None:
        return
    yield Section(
        heading=Heading("Comparison of the arms"),
        lead=(Bullets(tuple(_findings(compared))),),
        blocks=(
            Only(PAGES, (_arms(report, compared), Figure((_plane(report, compared),)), _dominance(compared))),
            Only(PAGES, (_costs(report, compared), _inference(report, compared), *_break_even(compared))),
            Only(TERMINAL, (_summary(report, compared),)),
        ),
    )


def _findings(compared: ArmsComparison) -> Iterator[str]:
    claims = [row for row in compared.rows if row.delta is not None]
    yield _claims(claims)
    choice = compared.choice
    if isinstance(choice, ArmChoice):
        yield choice.summary
        if compared.confirmations > 1:
            yield (
                f"A best arm of this study was confirmed {compared.confirmations} times, each time among other arms: "
                f"the last confirmation is not the first try on these problems."
            )
    elif isinstance(choice, Insufficient):
        yield f"No best arm was chosen: {choice.insufficient}."
    base = compared.rows[0].arm
    beaten = [row.other for row in compared.dominance if row.arm == base and row.probability >= compared.level]
    if beaten:
        yield (
            f"Doing nothing is no less accurate than {listed(beaten)}, and costs less, with a probability of at least "
            f"{probability(compared.level)} each."
        )
    apart = [row for row in compared.dominance if base not in (row.arm, row.other)]
    surest = max(apart, key=lambda row: row.probability, default=None)
    if surest is not None and surest.probability >= 0.5:
        yield (
            f"The surest dominance among the arms: {surest.arm} is no less accurate than {surest.other} and costs no "
            f"more to make, with a probability of {probability(surest.probability)} (joint bootstrap over problems and "
            f"seeds)."
        )


def _claims(claims: list[ArmRow]) -> str:
    raw = [row.arm for row in claims if row.beats_base]
    holding = [row.arm for row in claims if row.beats_base_adjusted]
    if not raw:
        return f"No arm of {len(claims)} beats the base model, taken alone or with Holm's adjustment."
    alone = f"Taken alone, {listed(raw)} beat{'s' if len(raw) == 1 else ''} the base model"
    of = f"adjusted for {len(claims)} arms (Holm), {listed(holding) if holding else 'none'}"
    return f"{alone}; {of} {'do' if len(holding) > 1 else 'does'}."


def _arms(report: StudyReport, compared: ArmsComparison) -> Table:
    deltas = Intervals(row.delta for row in compared.rows if row.delta is not None)
    standalone = {each.arm: each.standalone for each in compared.costs}
    calls = {each.arm: each.per_1000 for each in compared.inference}
    rows = tuple(
        Row(
            (
                row.caption,
                row.origin,
                deltas.beside(row.pass_at_1),
                deltas.beside(row.delta),
                _p(row.p_value),
                _p(row.adjusted_p_value),
                row.outcome,
                row.battery,
                _range(standalone.get(row.arm)),
                _money(calls.get(row.arm)),
                probability(row.frontier),
                _beats(row),
            )
        )
        for row in compared.rows
    )
    return Table(
        title=deltas.titled("All arms on the held-out problems"),
        columns=columns(
            "arm",
            "data",
            "pass@1",
            "minus base",
            "p",
            "p (Holm)",
            "outcome",
            "battery",
            f"{report.setup.device}-hours to make",
            f"{report.setup.currency} per 1,000 calls",
            "P(frontier)",
            "beats base: alone / Holm",
        ),
        rows=rows,
    )


def _summary(report: StudyReport, compared: ArmsComparison) -> Table:
    deltas = Intervals(row.delta for row in compared.rows if row.delta is not None)
    standalone = {each.arm: each.standalone for each in compared.costs}
    rows = tuple(
        Row(
            (
                row.arm,
                deltas.beside(row.delta),
                _range(standalone.get(row.arm)),
                probability(row.frontier),
                _beats(row),
            )
        )
        for row in compared.rows
    )
    return Table(
        title=deltas.titled("arms"),
        columns=columns("arm", "minus base", f"{report.setup.device}-hours", "P(frontier)", "beats base"),
        rows=rows,
    )


def _plane(report: StudyReport, compared: ArmsComparison) -> ArmsPlane:
    return ArmsPlane(compared.plane, compared.level, report.setup.device)


def _dominance(compared: ArmsComparison) -> Table:
    """A row for each arm, with the probability that it dominates the arm of the column."""
    names = [row.arm for row in compared.rows]
    found = {(each.arm, each.other): each.probability for each in compared.dominance}
    margin = f", less a margin of {points(compared.margin)}," if compared.margin else ""
    rows = tuple(
        Row((one, *(probability(found[one, other]) if one != other else "" for other in names))) for one in names
    )
    title = f"Probability that the arm of the row is no less accurate{margin} and costs no more than that of the column"
    return Table(title=title, columns=columns("", *names), rows=rows)


def _costs(report: StudyReport, compared: ArmsComparison) -> Table:
    device = report.setup.device
    outside = any(each.external_tokens or each.external_prompt_tokens for each in compared.costs)
    rows = [
        Row(
            (
                each.arm,
                count(each.seeds) if each.seeds else "failed",
                _range(each.standalone) if each.seeds else "",
                _stages(each.stages),
                few_hours(each.marginal) if each.seeds else "",
                few_hours(each.spent),
                few_hours(each.evaluation),
                *((f"{count(each.external_prompt_tokens)} / {count(each.external_tokens)}",) if outside else ()),
            )
        )
        for each in compared.costs
    ]
    shared = (
        "no arm: base, verdict and unused",
        "",
        "",
        "",
        "",
        few_hours(compared.shared),
        "",
        *(("",) if outside else ()),
    )
    return Table(
        title=f"Cost of each arm in {device}-hours; of making one checkpoint, as if it were the only arm",
        columns=columns(
            "arm",
            "checkpoints",
            "standalone",
            "by stage",
            "marginal: no other arm uses it",
            "spent, all seeds, killed and failed runs",
            "final evaluation, apart",
            *(("external tokens: in / out",) if outside else ()),
        ),
        rows=(*rows, Row(shared, look=Look.FAINT)),
    )


def _inference(report: StudyReport, compared: ArmsComparison) -> Table:
    rows = tuple(
        Row(
            (
                each.arm,
                count(each.samples_per_call),
                f"{each.prompt_tokens:,.0f}",
                f"{each.tokens:,.0f}",
                _range(each.per_1000),
                _money(each.per_1000),
            )
        )
        for each in compared.inference
    )
    return Table(
        title="Cost of 1,000 calls, at the throughput that was measured",
        columns=columns(
            "arm",
            "samples per call",
            "prompt tokens",
            "completion tokens",
            f"{report.setup.device}-hours",
            report.setup.currency,
        ),
        rows=rows,
    )


def _break_even(compared: ArmsComparison) -> Iterator[Table]:
    """Yield from how many calls on a trained arm is cheaper than one that is dear to run, where there are both."""
    if not compared.break_even:
        return
    rows = tuple(Row((each.arm, each.other, _calls(each.after))) for each in compared.break_even)
    yield Table(
        title="Calls after which a trained arm is cheaper in all than an arm that is cheap to make and dear to run",
        columns=columns("trained arm", "other arm", "calls, and the range of the costs"),
        rows=rows,
    )


def _calls(after: BreakEven) -> str:
    high = "no end" if after.high is None else count(round(after.high))
    return f"{count(round(after.calls))} [{count(round(after.low))}, {high}]"


def _stages(stages: dict[str, float]) -> str:
    return ", ".join(f"{name} {few_hours(spent)}" for name, spent in stages.items())


def _range(cost: CostRange | None) -> str:
    if cost is None:
        return few_hours(0.0)
    interval = f" [{few_hours(cost.low)}, {few_hours(cost.high)}]" if cost.spread else ""
    return f"{few_hours(cost.hours)}{interval}"


def _money(cost: CostRange | None) -> str:
    return "" if cost is None else few_money(cost.money)


def _p(value: float | None) -> str:
    return "" if value is None else p_value(value)


def _beats(row: ArmRow) -> str | Mark:
    if row.beats_base is None:
        return ""
    said = f"{'yes' if row.beats_base else 'no'} / {'yes' if row.beats_base_adjusted else 'no'}"
    look = Look.GOOD if row.beats_base_adjusted else Look.UNSURE if row.beats_base else Look.PLAIN
    return Mark(said, look)
