"""Draw charts as SVG text that stands in the page itself."""

from __future__ import annotations

import io
import math
import pickle
from collections.abc import Sequence
from typing import Any, assert_never

import matplotlib as mpl
import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Polygon
from matplotlib.ticker import MaxNLocator
from scipy import special

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

INK = "#1f2933"
BASE = "#6b7280"
TUNED = "#0f6fb5"
GOOD = "#2f855a"
BAD = "#c2410c"
UNSURE = "#b7791f"
COLOURS = (BASE, TUNED, GOOD, BAD, "#7c3aed", UNSURE, "#0e7490", "#be185d")
MARKS = ("o", "s", "^", "D", "v", "P", "X")
DASHES = ("-", "--", ":", "-.")
INSIDE_LEGEND = 4
"""The most curves whose legend leaves room for them inside the axes."""

_STYLE: Any = {
    "svg.fonttype": "none",
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


KEPT_DRAWINGS = 64
"""Of the charts that were drawn last: a report that is written again draws only what has changed."""

_drawings: dict[bytes, str] = {}
"""By the chart's data."""


def draw(chart: Chart) -> str:
    """Draw a chart as an ``<svg>`` element; equal charts give equal bytes."""
    data = pickle.dumps(chart)
    drawing = _drawings.pop(data, None) or _drawn(chart)
    _drawings[data] = drawing
    if len(_drawings) > KEPT_DRAWINGS:
        del _drawings[next(iter(_drawings))]
    return drawing


def _drawn(chart: Chart) -> str:
    with mpl.rc_context(_STYLE):
        match chart:
            case PassAtKCurves():
                figure = _pass_at_k_curves(chart)
            case SliceDeltas():
                figure = _slice_deltas(chart)
            case BatteryDrifts():
                figure = _battery_drifts(chart)
            case ArmsPlane():
                figure = _arms_plane(chart)
            case DoseCurves():
                figure = _dose_curves(chart)
            case FrontierCurves():
                figure = _frontier_curves(chart)
            case _:
                assert_never(chart)
        return _svg(figure)


def _pass_at_k_curves(chart: PassAtKCurves) -> Figure:
    rows_below = -(-len(chart.tables) // 2) if len(chart.tables) > INSIDE_LEGEND else 0
    figure, axes = _axes(5.6, 3.4 + 0.22 * rows_below)
    one_level = not chart.intervals(*chart.tables).differ
    for number, name in enumerate(chart.tables):
        points = chart.points(name)
        ks = [k for k, _ in points]
        look: Any = {"color": COLOURS[number % len(COLOURS)]}
        label = name if one_level else f"{name} ({chart.intervals(name).name})"
        axes.fill_between(
            ks, [100 * e.low for _, e in points], [100 * e.high for _, e in points], alpha=0.15, lw=0, **look
        )
        look |= {"linestyle": DASHES[number // len(COLOURS) % len(DASHES)], "marker": MARKS[number % len(MARKS)]}
        axes.plot(ks, [100 * e.value for _, e in points], ms=4, lw=1.8, label=label, **look)
    ticks = sorted({k for name in chart.tables for k, _ in chart.points(name)})
    axes.set_xscale("log", base=2)
    axes.set_xticks(ticks, [str(k) for k in ticks])
    axes.minorticks_off()
    axes.set_xlabel("k, samples per problem")
    axes.set_ylabel("pass@k in %")
    axes.set_ylim(bottom=0)
    axes.grid(axis="y", color="#e4e7eb", lw=0.8)
    if rows_below:
        figure.legend(frameon=False, loc="outside lower center", ncols=2, fontsize=9)
    else:
        axes.legend(frameon=False, loc="upper left")
    return figure


def _slice_deltas(chart: SliceDeltas) -> Figure:
    delta, names = chart.comparison.delta, chart.quantities
    rows = [("overall", delta.overall), *delta.slices.items()]
    figure, axes = _axes(5.6, 0.9 + 0.42 * len(rows) * len(names))
    labels: list[str] = []
    for title, table in rows:
        for name in names:
            measured = table.get(name)
            labels.append(f"{title}, {name}")
            if isinstance(measured, Estimate):
                _whisker(axes, -len(labels), measured, TUNED if title == "overall" else BASE)
    axes.axvline(0, color=INK, lw=1)
    axes.set_yticks([-position for position in range(1, len(labels) + 1)], labels)
    axes.set_xlabel(f"{chart.difference}, percentage points")
    axes.grid(axis="x", color="#e4e7eb", lw=0.8)
    return figure


def _battery_drifts(chart: BatteryDrifts) -> Figure:
    """Outside the shaded band is an alert."""
    outcomes = [outcome for outcome in chart.battery.outcomes if isinstance(outcome.drift, Estimate)]
    colours = {ProbeStatus.WITHIN: GOOD, ProbeStatus.ALERT: BAD}
    figure, axes = _axes(5.6, 1.0 + 0.34 * len(outcomes))
    axes.axvspan(-1, 1, color="#e6f2ec", lw=0)
    for position, outcome in enumerate(outcomes, start=1):
        drift = outcome.drift
        assert isinstance(drift, Estimate)
        scaled = [_in_tolerances(drift, bound, outcome.tolerance) for bound in (drift.low, drift.value, drift.high)]
        clipped = [max(-4.0, min(4.0, bound)) for bound in scaled]
        colour = colours.get(outcome.status, UNSURE)
        axes.plot([clipped[0], clipped[2]], [-position, -position], color=colour, lw=1.6)
        axes.plot([clipped[1]], [-position], color=colour, marker="o", ms=5)
    axes.axvline(0, color=INK, lw=1)
    axes.set_xlim(-4.2, 4.2)
    axes.set_yticks(
        [-position for position in range(1, len(outcomes) + 1)],
        [f"{outcome.probe} ({_direction(outcome.rule)})" for outcome in outcomes],
    )
    axes.set_xlabel("drift in units of the tolerance, clipped at 4")
    return figure


def _arms_plane(chart: ArmsPlane) -> Figure:
    """The better an arm, the farther up and left."""
    rows = -(-len(chart.arms) // 2)
    figure, axes = _axes(7.2, 3.6 + 0.22 * rows)
    for number, arm in enumerate(chart.arms):
        colour, y = COLOURS[number % len(COLOURS)], 100 * arm.accuracy
        across, up = (arm.dearest - arm.cheapest) / 2.0, 50.0 * (arm.high - arm.low)
        axes.errorbar(
            [arm.hours],
            [y],
            xerr=[[max(0.0, arm.hours - arm.cheapest)], [max(0.0, arm.dearest - arm.hours)]],
            yerr=[[max(0.0, y - 100 * arm.low)], [max(0.0, 100 * arm.high - y)]],
            fmt=MARKS[number % len(MARKS)],
            ms=6,
            lw=1.2,
            color=colour,
            label=arm.caption,
        )
        if across > 0.0 and up > 0.0:
            axes.add_patch(_region(arm, across, up, chart.level, colour))
    axes.set_xlabel(f"{chart.device}-hours to make one checkpoint, as if it were the only arm")
    axes.set_ylabel("pass@1 in %")
    axes.set_xlim(left=min(0.0, -0.02 * max(arm.dearest for arm in chart.arms)))
    axes.grid(color="#e4e7eb", lw=0.8)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    figure.legend(frameon=False, loc="outside lower center", ncols=2, fontsize=9)
    return figure


def _dose_curves(chart: DoseCurves) -> Figure:
    """Updates from none, of the base model, to the last."""
    figure, axes = _axes(5.6, 3.2)
    seeds = chart.dose.seeds
    for number, seed in enumerate(seeds):
        points, look = chart.points(seed), {"color": COLOURS[(number + 1) % len(COLOURS)]}
        updates = [step for step, _ in points]
        low, high = [100 * e.low for _, e in points], [100 * e.high for _, e in points]
        axes.fill_between(updates, low, high, alpha=0.15, lw=0, **look)
        mark, label = MARKS[number % len(MARKS)], None if seed is None else f"seed {seed}"
        axes.plot(updates, [100 * e.value for _, e in points], ms=4, lw=1.8, marker=mark, label=label, **look)
    axes.set_xlabel("updates")
    axes.set_ylabel("pass@1 in %")
    axes.set_ylim(bottom=0)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(axis="y", color="#e4e7eb", lw=0.8)
    if len(seeds) > 1:
        axes.legend(frameon=False, loc="best")
    return figure


def _frontier_curves(chart: FrontierCurves) -> Figure:
    """A curve above another one solves more at the same value; production decoding is a large mark."""
    figure, axes = _axes(6.4, 4.0)
    for number, model in enumerate(chart.models):
        colour = COLOURS[number % len(COLOURS)]
        for dash, curve in enumerate(chart.curves(model)):
            across, up = [100 * x.value for _, x, _ in curve], [100 * y.value for _, _, y in curve]
            axes.errorbar(
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
                label=model.caption if dash == 0 else None,
            )
            for x, y, (row, _, _) in zip(across, up, curve, strict=True):
                if row.decoding == chart.production:
                    axes.plot([x], [y], MARKS[number % len(MARKS)], ms=9, color=colour)
    axes.set_xlabel(f"{chart.quantity} in %")
    axes.set_ylabel("pass@1 in %")
    axes.grid(color="#e4e7eb", lw=0.8)
    figure.legend(frameon=False, loc="outside lower center", ncols=2, fontsize=9)
    return figure


def _arms(measured: Sequence[Estimate]) -> list[list[float]]:
    """The lengths of error bars, below and above."""
    return [[100 * (each.value - each.low) for each in measured], [100 * (each.high - each.value) for each in measured]]


def _region(arm: PlanePoint, across: float, up: float, level: float, colour: str) -> Polygon:
    """The ellipse that holds so many of the draws if both axes are normal, from their half-widths and correlation."""
    one = math.sqrt(2.0) * float(special.erfinv(level))
    both = math.sqrt(-2.0 * math.log(1.0 - level)) / one
    angles = np.linspace(0.0, 2.0 * math.pi, 73)
    x, rest = np.cos(angles), math.sqrt(1.0 - arm.correlation**2)
    y = arm.correlation * x + rest * np.sin(angles)
    points = np.column_stack([arm.hours + both * across * x, 100 * arm.accuracy + both * up * y])
    return Polygon(points, closed=True, facecolor=colour, edgecolor=colour, alpha=0.12, lw=0.8)


def _direction(rule: Rule) -> str:
    return {Rule.RISE: "rise counts", Rule.FALL: "fall counts", Rule.CHANGE: "both ways"}[rule]


def _in_tolerances(drift: Estimate, bound: float, tolerance: float) -> float:
    centre = 1.0 if drift.unit == "ratio" else 0.0
    return (bound - centre) / tolerance if tolerance > 0 else (bound - centre) * 100.0


def _whisker(axes: Any, position: float, measured: Estimate, colour: str) -> None:
    axes.plot([100 * measured.low, 100 * measured.high], [position, position], color=colour, lw=1.6)
    axes.plot([100 * measured.value], [position], color=colour, marker="o", ms=5)


def _axes(width: float, height: float) -> tuple[Figure, Any]:
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.add_subplot()


def _svg(figure: Figure) -> str:
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None}, transparent=True)
    text = buffer.getvalue()
    return text[text.index("<svg") :]
