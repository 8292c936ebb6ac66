"""The report's tables as plain rows of text: one source for Markdown and HTML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pydantic import Field

from passgap.decisions import Verdict
from passgap.estimates import EstimateTable, LearningSignal, ModeCorrectness
from passgap.probes import BatteryOutcome
from passgap.records import Measured, Record
from passgap.report.content import ArmReport, CostLine, Fact, StudyReport
from passgap.report.numbers import inline, interval_of, sizes_of, value_of


class TableText(Record):
    """A titled table of text; ``emphasis`` names a row's look (``alert``, ``within``, ...) by its position."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    emphasis: dict[int, str] = Field(default_factory=dict)


def estimates(title: str, table: EstimateTable) -> TableText:
    """Every quantity of a table, overall and by slice, with interval and sizes."""
    return _measured(title, {"overall": table.overall, **table.slices})


def deltas(arm: ArmReport) -> TableText:
    """Paired deltas with p-values, overall and by slice."""
    comparison = arm.comparison
    rows = []
    for name, row in {"overall": comparison.delta.overall, **comparison.delta.slices}.items():
        sources = (comparison.base, comparison.tuned)
        base, tuned = (side.overall if name == "overall" else side.slices.get(name, {}) for side in sources)
        p_values = comparison.p_values.overall if name == "overall" else comparison.p_values.slices.get(name, {})
        for quantity, measured in row.items():
            p_value = p_values.get(quantity)
            rows.append(
                (
                    name,
                    quantity,
                    _beside(base, quantity),
                    _beside(tuned, quantity),
                    value_of(measured),
                    interval_of(measured),
                    "" if p_value is None else f"{p_value:.2g}",
                    sizes_of(measured),
                )
            )
    header = ("slice", "quantity", "base", "tuned", "tuned - base", "interval", "p", "sizes")
    return TableText(title="Paired deltas on the same problems", header=header, rows=tuple(rows))


def battery(outcome: BatteryOutcome) -> TableText:
    """The battery, one row a probe."""
    rows = tuple(
        (
            each.probe,
            each.quantity + (f" ({each.note})" if each.note else ""),
            f"{value_of(each.base)} {interval_of(each.base)}",
            f"{value_of(each.tuned)} {interval_of(each.tuned)}",
            f"{value_of(each.drift)} {interval_of(each.drift)}",
            f"{each.rule.value} of at most {100 * each.tolerance:g} %",
            each.status.value,
        )
        for each in outcome.outcomes
    )
    return TableText(
        title="Anti-collapse battery",
        header=("probe", "quantity", "base", "tuned", "drift", "tolerance", "outcome"),
        rows=rows,
        emphasis={position: each.status.value for position, each in enumerate(outcome.outcomes)},
    )


def costs(report: StudyReport) -> TableText:
    """What each step of each arm took, and the sums by arm and in all."""
    lines, setup = report.costs, report.setup
    rows = [
        (
            line.arm,
            line.step,
            f"{line.samples:,}",
            f"{line.prompt_tokens:,}",
            f"{line.tokens:,}",
            "" if line.tokens_per_second is None else f"{line.tokens_per_second:,.0f}",
            *_spent([line]),
        )
        for line in lines
    ]
    arms = list(dict.fromkeys(line.arm for line in lines))
    of_arms = [(arm, "all", "", "", "", "", *_spent([line for line in lines if line.arm == arm])) for arm in arms]
    device = setup.device
    return TableText(
        title="Cost",
        header=(
            "arm",
            "step",
            "samples",
            "prompt tokens",
            "tokens",
            "tokens/s",
            f"{device}-seconds",
            f"{device}-hours",
            setup.currency,
        ),
        rows=(*rows, *(of_arms if len(arms) > 1 else ()), ("all", "", "", "", "", "", *_spent(lines))),
    )


def _spent(lines: Sequence[CostLine]) -> tuple[str, str, str]:
    seconds, hours, money = (sum(getattr(line, name) for line in lines) for name in ("seconds", "hours", "money"))
    return f"{seconds:,.1f}", f"{hours:.3f}", f"{money:.3f}"


def sensitivity(verdict: Verdict) -> TableText:
    """What the verdict would be, were an input known to be at one end of its interval."""
    rows = tuple(
        (row.input, row.at, row.verdict.value + (f" ({row.other.value})" if row.other else ""))
        for row in verdict.sensitivity
    )
    return TableText(title="Were it otherwise", header=("if", "were", "the verdict would be"), rows=rows)


def diagnostics(modes: ModeCorrectness | None, signal: LearningSignal | None) -> TableText:
    """Mode correctness and learning signal."""
    rows: list[tuple[str, str, str, str]] = []

    def add(name: str, measured: Measured) -> None:
        rows.append((name, value_of(measured), interval_of(measured), sizes_of(measured)))

    if modes is not None:
        add("contested problems whose most frequent behaviour is right", modes.plurality)
        add("change of pass@1 if each problem always gave it", modes.sharpening)
        for name, measured in modes.majority.items():
            add(name, measured)
    if signal is not None:
        add("KL from the training target to the model, a token", signal.divergence)
        add("probability moved, a token", signal.moved)
        add("probability removed by truncation, a token", signal.removed)
        add("lock-like positions", signal.locks)
        add("fork-like positions", signal.forks)
    return TableText(
        title="Mode correctness and learning signal",
        header=("quantity", "value", "interval", "sizes"),
        rows=tuple(rows),
    )


def pareto(arm: ArmReport) -> TableText:
    """The arm against each measured baseline, by the paired rule and by non-overlap."""
    rows = tuple(
        (
            row.baseline,
            row.relation.value,
            row.strict.value,
            inline(row.lift),
            f"{row.extra_hours:+.3f}",
            inline(row.lift_per_hour),
        )
        for row in arm.pareto.rows
    )
    return TableText(
        title="Against the baselines",
        header=("baseline", "paired rule", "non-overlap rule", "lift", "extra hours", "lift an hour"),
        rows=rows,
    )


def facts(title: str, lines: Sequence[Fact]) -> TableText:
    """Labelled lines."""
    return TableText(title=title, header=("", ""), rows=tuple((line.label, line.text) for line in lines))


def outcomes(counts: Mapping[str, int]) -> str:
    """How the samples ended, in one line."""
    total = sum(counts.values())
    return f"{total:,} samples: " + ", ".join(f"{count:,} {outcome}" for outcome, count in counts.items())


def _measured(title: str, slices: Mapping[str, Mapping[str, Measured]]) -> TableText:
    return TableText(
        title=title,
        header=("slice", "quantity", "value", "interval", "sizes", "method"),
        rows=tuple(_rows(slices)),
    )


def _rows(slices: Mapping[str, Mapping[str, Measured]]) -> Iterator[tuple[str, ...]]:
    for name, row in slices.items():
        for quantity, measured in row.items():
            method = getattr(measured, "method", "") + (
                f"; {warning}" if (warning := getattr(measured, "warning", "")) else ""
            )
            yield (name, quantity, value_of(measured), interval_of(measured), sizes_of(measured), method)


def _beside(row: Mapping[str, Measured], quantity: str) -> str:
    measured = row.get(quantity)
    return "" if measured is None else f"{value_of(measured)} {interval_of(measured)}"
