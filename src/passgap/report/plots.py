"""Draw charts as SVG that stands in the page itself, with the values of their points."""

from __future__ import annotations

import io
import math
import pickle
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, assert_never

import matplotlib as mpl
import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Polygon
from matplotlib.ticker import MaxNLocator
from scipy import special

from passgap.formatting import few_hours, inline
from passgap.plain_text import harmless, shortened
from passgap.probes import ProbeStatus, Rule
from passgap.records import Estimate
from passgap.report.charts import (
    ArmsPlane,
    BatteryDrifts,
    Chart,
    DoseCurves,
    FrontierCurves,
    PassAtKCurves,
    SliceDeltas,
)
from passgap.report.comparison import PlanePoint
from passgap.report.svg import Drawing, Series, refined

INK = "#1f2933"
BASE = "#6b7280"
TUNED = "#0f6fb5"
GOOD = "#2f855a"
BAD = "#c2410c"
UNSURE = "#b7791f"
COLOURS = (BASE, TUNED, GOOD, BAD, "#7c3aed", UNSURE, "#0e7490", "#be185d")
MARKS = ("o", "s", "^", "D", "v", "P", "X")
GLYPHS = ("\u25cf", "\u25a0", "\u25b2", "\u25c6", "\u25bc", "\u271a", "\u2716")
"""Characters that look like the marks, for a legend."""
DASHES = ("-", "--", ":", "-.")
GRID = "#e4e7eb"
WITHIN = "#e6f2ec"
WIDTH = 4.7
"""Inches of a drawing: so narrow that its text can be read on a phone."""

_STYLE: Any = {
    "svg.fonttype": "none",
    "text.parse_math": False,
    "svg.hashsalt": "passgap",
    "font.family": "sans-serif",
    "font.size": 10,
    "axes.edgecolor": "#9aa5b1",
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


LONGEST_LABEL = 80

KEPT_DRAWINGS = 64
"""Of the charts that were drawn last: a report that is written again draws only what has changed."""

_drawings: dict[bytes, Drawing] = {}
"""By the chart's data."""


@dataclass
class _Plot:
    """Axes, the curves on them, and the titles of their points."""

    figure: Figure
    axes: Any
    series: list[Series] = field(default_factory=list)
    tips: dict[str, tuple[int | None, Sequence[str]]] = field(default_factory=dict)

    def curve(self, name: str, number: int) -> int:
        """Begin a curve, for the legend, and return its place in it."""
        self.series.append(Series(harmless(name), COLOURS[number % len(COLOURS)], GLYPHS[number % len(GLYPHS)]))
        return len(self.series) - 1

    def mark(self, artist: Any, series: int | None, tips: Sequence[str] = ()) -> None:
        """Say of which curve an artist is, and what its points stand for."""
        name = f"part-{len(self.tips)}"
        artist.set_gid(name)
        self.tips[name] = (series, [harmless(each) for each in tips])


def draw(chart: Chart) -> Drawing:
    """Draw a chart; equal charts give equal bytes."""
    data = pickle.dumps(chart)
    drawing = _drawings.pop(data, None) or _drawn(chart)
    _drawings[data] = drawing
    if len(_drawings) > KEPT_DRAWINGS:
        del _drawings[next(iter(_drawings))]
    return drawing


def _drawn(chart: Chart) -> Drawing:
    with mpl.rc_context(_STYLE):
        match chart:
            case PassAtKCurves():
                plot = _pass_at_k_curves(chart)
            case SliceDeltas():
                plot = _slice_deltas(chart)
            case BatteryDrifts():
                plot = _battery_drifts(chart)
            case ArmsPlane():
                plot = _arms_plane(chart)
            case DoseCurves():
                plot = _dose_curves(chart)
            case FrontierCurves():
                plot = _frontier_curves(chart)
            case _:
                assert_never(chart)
        svg = refined(_svg(plot.figure), harmless(chart.caption), plot.tips)
        return Drawing(svg, tuple(plot.series) if len(plot.series) > 1 else (), chart.caption)


def _pass_at_k_curves(chart: PassAtKCurves) -> _Plot:
    plot = _plot(WIDTH, 3.2)
    axes = plot.axes
    one_level = not chart.intervals(*chart.tables).differ
    for number, name in enumerate(chart.tables):
        points = chart.points(name)
        ks = [k for k, _ in points]
        look: Any = {"color": COLOURS[number % len(COLOURS)]}
        curve = plot.curve(name if one_level else f"{name} ({chart.intervals(name).name})", number)
        band = axes.fill_between(
            ks, [100 * e.low for _, e in points], [100 * e.high for _, e in points], alpha=0.13, lw=0, **look
        )
        look |= {"linestyle": DASHES[number // len(COLOURS) % len(DASHES)], "marker": MARKS[number % len(MARKS)]}
        [line] = axes.plot(ks, [100 * e.value for _, e in points], ms=4.5, lw=1.8, **look)
        plot.mark(band, curve)
        plot.mark(line, curve, [f"{name}, pass@{k}: {inline(each)}" for k, each in points])
    ticks = sorted({k for name in chart.tables for k, _ in chart.points(name)})
    axes.set_xscale("log", base=2)
    axes.set_xticks(ticks, [str(k) for k in ticks])
    axes.minorticks_off()
    axes.set_xlabel("k, samples per problem")
    axes.set_ylabel("pass@k in %")
    axes.set_ylim(bottom=0)
    axes.grid(axis="y", color=GRID, lw=0.8)
    return plot


def _slice_deltas(chart: SliceDeltas) -> _Plot:
    delta, names = chart.comparison.delta, chart.quantities
    rows = [("overall", delta.overall), *delta.slices.items()]
    plot = _plot(WIDTH, 0.8 + 0.3 * len(rows) * len(names))
    labels: list[str] = []
    for title, table in rows:
        for name in names:
            measured = table.get(name)
            labels.append(_label(f"{title}, {name}"))
            if isinstance(measured, Estimate):
                scaled = (100 * measured.low, 100 * measured.value, 100 * measured.high)
                tip = f"{title}, {name}, {chart.difference}: {inline(measured)}"
                _whisker(plot, -len(labels), scaled, TUNED if title == "overall" else BASE, tip)
    plot.axes.axvline(0, color=INK, lw=1)
    plot.axes.set_yticks([-position for position in range(1, len(labels) + 1)], labels)
    plot.axes.set_xlabel(_label(f"{chart.difference}, percentage points"))
    plot.axes.grid(axis="x", color=GRID, lw=0.8)
    return plot


def _battery_drifts(chart: BatteryDrifts) -> _Plot:
    """Outside the shaded band is an alert."""
    outcomes = [outcome for outcome in chart.battery.outcomes if isinstance(outcome.drift, Estimate)]
    colours = {ProbeStatus.WITHIN: GOOD, ProbeStatus.ALERT: BAD}
    plot = _plot(WIDTH, 0.9 + 0.27 * len(outcomes))
    plot.axes.axvspan(-1, 1, color=WITHIN, lw=0)
    for position, outcome in enumerate(outcomes, start=1):
        drift = outcome.drift
        assert isinstance(drift, Estimate)
        scaled = [_in_tolerances(drift, bound, outcome.tolerance) for bound in (drift.low, drift.value, drift.high)]
        low, value, high = (max(-4.0, min(4.0, bound)) for bound in scaled)
        tip = f"{outcome.probe}, {outcome.quantity}: {inline(drift)}; {outcome.status.value}"
        _whisker(plot, -position, (low, value, high), colours.get(outcome.status, UNSURE), tip)
    plot.axes.axvline(0, color=INK, lw=1)
    plot.axes.set_xlim(-4.2, 4.2)
    plot.axes.set_yticks(
        [-position for position in range(1, len(outcomes) + 1)],
        [_label(f"{outcome.probe} ({_direction(outcome.rule)})") for outcome in outcomes],
    )
    plot.axes.set_xlabel("drift in tolerances, clipped at 4")
    return plot


def _arms_plane(chart: ArmsPlane) -> _Plot:
    """The better an arm, the farther up and left."""
    plot = _plot(WIDTH + 0.9, 3.8)
    axes = plot.axes
    for number, arm in enumerate(chart.arms):
        colour, y = COLOURS[number % len(COLOURS)], 100 * arm.accuracy
        across, up = (arm.dearest - arm.cheapest) / 2.0, 50.0 * (arm.high - arm.low)
        curve = plot.curve(arm.caption, number)
        line, _, bars = axes.errorbar(
            [arm.hours],
            [y],
            xerr=[[max(0.0, arm.hours - arm.cheapest)], [max(0.0, arm.dearest - arm.hours)]],
            yerr=[[max(0.0, y - 100 * arm.low)], [max(0.0, 100 * arm.high - y)]],
            fmt=MARKS[number % len(MARKS)],
            ms=6,
            lw=1.2,
            color=colour,
        )
        interval = f"[{100 * arm.low:.1f}, {100 * arm.high:.1f}]"
        tip = (
            f"{arm.caption}: pass@1 {y:.1f} % {interval} at {few_hours(arm.hours)} "
            f"[{few_hours(arm.cheapest)}, {few_hours(arm.dearest)}] {chart.device}-hours"
        )
        plot.mark(line, curve, [tip])
        for bar in bars:
            plot.mark(bar, curve)
        if across > 0.0 and up > 0.0:
            plot.mark(axes.add_patch(_region(arm, across, up, chart.level, colour)), curve)
    axes.set_xlabel(_label(f"{chart.device}-hours to make one checkpoint, as if it were the only arm"))
    axes.set_ylabel("pass@1 in %")
    axes.set_xlim(left=min(0.0, -0.02 * max((arm.dearest for arm in chart.arms), default=1.0)))
    axes.grid(color=GRID, lw=0.8)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    return plot


def _dose_curves(chart: DoseCurves) -> _Plot:
    """Updates from none, of the base model, to the last."""
    plot = _plot(WIDTH, 3.0)
    axes = plot.axes
    for number, seed in enumerate(chart.dose.seeds):
        points, look = chart.points(seed), {"color": COLOURS[(number + 1) % len(COLOURS)]}
        updates = [step for step, _ in points]
        name = "one seed" if seed is None else f"seed {seed}"
        curve = plot.curve(name, number + 1)
        low, high = [100 * e.low for _, e in points], [100 * e.high for _, e in points]
        plot.mark(axes.fill_between(updates, low, high, alpha=0.13, lw=0, **look), curve)
        mark = MARKS[(number + 1) % len(MARKS)]
        [line] = axes.plot(updates, [100 * e.value for _, e in points], ms=4.5, lw=1.8, marker=mark, **look)
        plot.mark(line, curve, [f"{name}, {step} updates: pass@1 {inline(each)}" for step, each in points])
    axes.set_xlabel("updates")
    axes.set_ylabel("pass@1 in %")
    axes.set_ylim(bottom=0)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(axis="y", color=GRID, lw=0.8)
    return plot


def _frontier_curves(chart: FrontierCurves) -> _Plot:
    """A curve above another one solves more at the same value; production decoding is a large mark."""
    plot = _plot(WIDTH + 0.9, 3.8)
    axes = plot.axes
    for number, model in enumerate(chart.models):
        colour = COLOURS[number % len(COLOURS)]
        legend = plot.curve(model.caption, number)
        for dash, curve in enumerate(chart.curves(model)):
            across, up = [100 * x.value for _, x, _ in curve], [100 * y.value for _, _, y in curve]
            line, _, bars = axes.errorbar(
                across,
                up,
                xerr=_arms([x for _, x, _ in curve]),
                yerr=_arms([y for _, _, y in curve]),
                color=colour,
                elinewidth=0.6,
                ecolor=(*to_rgb(colour), 0.45),
                lw=1.6,
                linestyle=DASHES[dash % len(DASHES)],
                marker=MARKS[number % len(MARKS)],
                ms=3.5,
            )
            tips = [
                f"{model.caption}, {row.decoding}: pass@1 {inline(y)}; {chart.quantity} {inline(x)}"
                for row, x, y in curve
            ]
            plot.mark(line, legend, tips)
            for bar in bars:
                plot.mark(bar, legend)
            for x, y, (row, _, _), tip in zip(across, up, curve, tips, strict=True):
                if row.decoding == chart.production:
                    [large] = axes.plot([x], [y], MARKS[number % len(MARKS)], ms=9, color=colour)
                    plot.mark(large, legend, [f"{tip} (production decoding)"])
    axes.set_xlabel(f"{chart.quantity} in %")
    axes.set_ylabel("pass@1 in %")
    axes.grid(color=GRID, lw=0.8)
    return plot


def _arms(measured: Sequence[Estimate]) -> list[list[float]]:
    """The lengths of error bars, below and above."""
    return [[100 * (each.value - each.low) for each in measured], [100 * (each.high - each.value) for each in measured]]


def _region(arm: PlanePoint, across: float, up: float, level: float, colour: str) -> Polygon:
    """The ellipse that holds so many of the draws if both axes are normal, from their half-widths and correlation."""
    one = math.sqrt(2.0) * float(special.erfinv(level))
    both = math.sqrt(-2.0 * math.log(1.0 - level)) / one
    angles = np.linspace(0.0, 2.0 * math.pi, 49)
    x, rest = np.cos(angles), math.sqrt(1.0 - arm.correlation**2)
    y = arm.correlation * x + rest * np.sin(angles)
    points = np.column_stack([arm.hours + both * across * x, 100 * arm.accuracy + both * up * y])
    return Polygon(points, closed=True, facecolor=colour, edgecolor=colour, alpha=0.1, lw=0.8)


def _label(text: str) -> str:
    """A text of a study as a label of an axis: short, and without what would steer."""
    return harmless(shortened(text, LONGEST_LABEL))


def _direction(rule: Rule) -> str:
    return {Rule.RISE: "rise counts", Rule.FALL: "fall counts", Rule.CHANGE: "both ways"}[rule]


def _in_tolerances(drift: Estimate, bound: float, tolerance: float) -> float:
    centre = 1.0 if drift.unit == "ratio" else 0.0
    return (bound - centre) / tolerance if tolerance > 0 else (bound - centre) * 100.0


def _whisker(plot: _Plot, position: float, scaled: tuple[float, float, float], colour: str, tip: str) -> None:
    """An interval with its value, at a height."""
    low, value, high = scaled
    plot.axes.plot([low, high], [position, position], color=colour, lw=1.6)
    [point] = plot.axes.plot([value], [position], color=colour, marker="o", ms=5.5)
    plot.mark(point, None, [tip])


def _plot(width: float, height: float) -> _Plot:
    figure = Figure(figsize=(width, height), layout="constrained")
    return _Plot(figure, figure.add_subplot())


def _svg(figure: Figure) -> str:
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None}, transparent=True)
    text = buffer.getvalue()
    return text[text.index("<svg") :]
