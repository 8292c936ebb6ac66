"""The report's tables as plain rows of text: one source for Markdown and HTML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pydantic import Field

from passgap.decisions import DecodingChoice, ParetoOutcome, Verdict
from passgap.decisions.wording import listed
from passgap.estimates import Comparison, EstimateTable, LearningSignal, ModeCorrectness
from passgap.probes import BatteryOutcome, ProbeStatus
from passgap.records import Measured, Record
from passgap.report.formatting import Intervals, inline, sizes_of, tolerance_of, value_of
from passgap.report.study_report import CostLine, DecodeOnlyReport, Fact, StudyReport


class TableText(Record):
    """A titled table of text; ``emphasis`` names a row's look (``alert``, ``within``, ...) by its position."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    emphasis: dict[int, str] = Field(default_factory=dict)


def estimates(title: str, table: EstimateTable) -> TableText:
    """Every quantity of a table, overall and by slice, with interval and sizes."""
    return _measured(title, {"overall": table.overall, **table.slices})


Sides = tuple[str, str]
"""Names of the two sides of a comparison, beginning with the one that is subtracted."""

BASE_AND_TUNED: Sides = ("base", "tuned")
DECODINGS: Sides = ("production decoding", "chosen decoding")
CONTROL_AND_TUNED: Sides = ("decode-only", "tuned")


def deltas(
    comparison: Comparison, sides: Sides = BASE_AND_TUNED, title: str = "Paired deltas on the same problems"
) -> TableText:
    """Paired deltas with p-values, overall and by slice."""
    rows = []
    told = {"overall": comparison.delta.overall, **comparison.delta.slices}
    intervals = Intervals(measured for row in told.values() for measured in row.values())
    for name, row in told.items():
        sources = (comparison.base, comparison.tuned)
        base, tuned = (side.overall if name == "overall" else side.slices.get(name, {}) for side in sources)
        p_values = comparison.p_values.overall if name == "overall" else comparison.p_values.slices.get(name, {})
        for quantity, measured in row.items():
            p_value = p_values.get(quantity)
            rows.append(
                (
                    name,
                    quantity,
                    intervals.beside(base.get(quantity)),
                    intervals.beside(tuned.get(quantity)),
                    value_of(measured),
                    intervals.of(measured),
                    "" if p_value is None else f"{p_value:.2g}",
                    sizes_of(measured),
                )
            )
    header = ("slice", "quantity", *sides, f"{sides[1]} - {sides[0]}", "interval", "p", "sizes")
    return TableText(title=intervals.titled(title), header=header, rows=tuple(rows))


def against_decode_only(comparison: Comparison) -> TableText:
    """A tuned model against the decode-only control."""
    return deltas(comparison, CONTROL_AND_TUNED, "Against decoding alone, on problems that it was not chosen on")


def settings(choice: DecodingChoice) -> TableText:
    """pass@1 of every setting where the choice was made: for the record, and said to be optimistic."""
    names = sorted(choice.development, key=lambda name: -getattr(choice.development[name], "value", 0.0))
    intervals = Intervals(choice.development.values())
    rows = tuple(
        (
            name,
            ", ".join(
                role for role, held in (("chosen", choice.chosen), ("production", choice.production)) if held == name
            ),
            value_of(choice.development[name]),
            intervals.of(choice.development[name]),
            sizes_of(choice.development[name]),
        )
        for name in names
    )
    return TableText(
        title=intervals.titled("Settings by pass@1 where they were chosen (optimistic for the best)"),
        header=("setting", "", "pass@1", "interval", "sizes"),
        rows=rows,
        emphasis={names.index(choice.chosen): "chosen"},
    )


def battery(outcome: BatteryOutcome, sides: Sides = BASE_AND_TUNED) -> TableText:
    """The battery, one row a probe."""
    intervals = Intervals(part for each in outcome.outcomes for part in (each.base, each.tuned, each.drift))
    rows = tuple(
        (
            each.probe,
            each.quantity + (f" ({each.note})" if each.note else ""),
            intervals.beside(each.base),
            intervals.beside(each.tuned),
            intervals.beside(each.drift),
            tolerance_of(each),
            each.status.value,
        )
        for each in outcome.outcomes
    )
    return TableText(
        title=intervals.titled("Anti-collapse battery"),
        header=("probe", "quantity", *sides, "drift", "tolerance", "outcome"),
        rows=rows,
        emphasis={position: each.status.value for position, each in enumerate(outcome.outcomes)},
    )


def found_of(control: DecodeOnlyReport) -> tuple[str, ...]:
    """Return the lines under the control's headline; none where there is no other decoding to speak of."""
    if control.choice.keeps_production:
        return ()
    return (_drifted(control.battery), control.pareto.summary)


def _drifted(outcome: BatteryOutcome) -> str:
    """Which probes are out of tolerance, in one sentence."""
    named = [f"{each.probe} ({inline(each.drift)})" for each in outcome.alerts]
    unmeasured = [each.probe for each in outcome.outcomes if each.status is ProbeStatus.INSUFFICIENT]
    said = f"Out of tolerance: {listed(named)}." if named else "No probe is out of tolerance."
    return f"{said} Not measurable: {listed(unmeasured)}." if unmeasured else said


def costs(report: StudyReport) -> TableText:
    """Tabulate the cost of each step of each arm, and the sums by arm and in all."""
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
    """Tabulate the verdicts that would follow, were an input known to be at one end of its interval."""
    rows = tuple(
        (row.input, row.at, row.verdict.value + (f" ({row.other.value})" if row.other else ""))
        for row in verdict.sensitivity
    )
    return TableText(title="Were it otherwise", header=("if", "were", "the verdict would be"), rows=rows)


def diagnostics(modes: ModeCorrectness | None, signal: LearningSignal | None) -> TableText:
    """Mode correctness and learning signal."""
    found: list[tuple[str, Measured]] = []

    def add(name: str, measured: Measured) -> None:
        found.append((name, measured))

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
    intervals = Intervals(measured for _, measured in found)
    return TableText(
        title=intervals.titled("Mode correctness and learning signal"),
        header=("quantity", "value", "interval", "sizes"),
        rows=tuple((name, value_of(each), intervals.of(each), sizes_of(each)) for name, each in found),
    )


def pareto(outcome: ParetoOutcome) -> TableText:
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
        for row in outcome.rows
    )
    return TableText(
        title="Against the baselines",
        header=("baseline", "paired rule", "non-overlap rule", "lift", "extra device-hours", "lift a device-hour"),
        rows=rows,
    )


def facts(title: str, lines: Sequence[Fact]) -> TableText:
    """Labelled lines."""
    return TableText(title=title, header=("", ""), rows=tuple((line.label, line.text) for line in lines))


def outcomes(counts: Mapping[str, int]) -> str:
    """How the samples ended, in one line."""
    total = sum(counts.values())
    return f"{total:,} samples: " + ", ".join(f"{count:,} {outcome}" for outcome, count in counts.items())


def extraction(counts: Mapping[str, int]) -> str:
    """By which rule programs were found in completions, in one line; nothing where that is not known."""
    if not counts:
        return ""
    return "Programs were found as: " + ", ".join(f"{rule} {count:,}" for rule, count in counts.items()) + "."


def _measured(title: str, slices: Mapping[str, Mapping[str, Measured]]) -> TableText:
    intervals = Intervals(measured for row in slices.values() for measured in row.values())
    return TableText(
        title=intervals.titled(title),
        header=("slice", "quantity", "value", "interval", "sizes", "method"),
        rows=tuple(_rows(slices, intervals)),
    )


def _rows(slices: Mapping[str, Mapping[str, Measured]], intervals: Intervals) -> Iterator[tuple[str, ...]]:
    for name, row in slices.items():
        for quantity, measured in row.items():
            method = getattr(measured, "method", "") + (
                f"; {warning}" if (warning := getattr(measured, "warning", "")) else ""
            )
            yield (name, quantity, value_of(measured), intervals.of(measured), sizes_of(measured), method)
