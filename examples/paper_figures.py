"""Compute what follows from the published figures of the SSD paper: `python examples/paper_figures.py`.

arXiv 2604.01193 reports mean pass@1 and pass@5 on LiveCodeBench v6 (131 problems, 10 samples each) without intervals
and without counts by problem. A mean fixes no interval, but it bounds one. Every interval here is computed by passgap
on the extreme tables of counts that have the published means:

- "own interval": problems that are always or never solved, the widest that a mean allows;
- "spread thin": the paired interval of the change if it is one sample of ten on as many problems as that takes, the
  most favourable case;
- "whole problems": the paired interval if no problem got worse and those that got better went from never to always;
- "independent": the paired interval if base and tuned model solved problems independently, an unfavourable case.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Table

from passgap.estimates import difference_interval, gap_ceiling, mean_interval
from passgap.records import Estimate, Measured

PROBLEMS, SAMPLES, K = 131, 10, 5


@dataclass(frozen=True)
class Published:
    """One row of the paper's main table, in percent."""

    model: str
    base_1: float
    tuned_1: float
    base_5: float
    tuned_5: float


FIGURES = (
    Published("Llama-3.1-8B-Instruct", 12.7, 16.2, 23.0, 24.0),
    Published("Qwen3-4B-Instruct", 34.0, 41.5, 41.0, 56.8),
    Published("Qwen3-4B-Thinking", 54.5, 57.8, 67.5, 71.4),
    Published("Qwen3-30B-Instruct", 42.4, 55.3, 53.5, 71.6),
    Published("Qwen3-30B-Thinking", 66.1, 68.2, 76.7, 80.2),
    Published("GPT-OSS-20B (high)", 69.1, 74.4, 86.1, 88.0),
)


def extreme(shares: dict[float, float]) -> npt.NDArray[np.float64]:
    """Scores of all problems: each value on its share of them, a last partial problem keeping the mean exact."""
    scores: list[float] = []
    for value, share in shares.items():
        whole = math.floor(share * PROBLEMS)
        scores += [value] * whole + [value * (share * PROBLEMS - whole)]
    return np.array([*scores[:PROBLEMS], *[0.0] * max(0, PROBLEMS - len(scores))])


def own_interval(percent: float) -> Measured:
    """The widest interval that this mean allows."""
    return mean_interval(extreme({1.0: percent / 100}), m=SAMPLES)


def gap_interval(figures: Published) -> Measured:
    """The widest interval of gap@5 of the base model."""
    ceiling = gap_ceiling(np.array([SAMPLES]), K)
    gap = (figures.base_5 - figures.base_1) / 100
    return mean_interval(extreme({ceiling: gap / ceiling}), ceiling, m=SAMPLES)


def lift_if_spread_thin(figures: Published) -> Measured:
    """The paired interval if single samples more passed, on as many problems as that takes."""
    step = 1 / SAMPLES
    lift = (figures.tuned_1 - figures.base_1) / 100
    while lift / step > 1.0:
        step += 1 / SAMPLES
    return difference_interval(extreme({step: lift / step}), m=SAMPLES)


def lift_if_whole_problems(figures: Published) -> Measured:
    """The paired interval if no problem got worse and each lift is a whole problem."""
    return difference_interval(extreme({1.0: (figures.tuned_1 - figures.base_1) / 100}), m=SAMPLES)


def lift_if_independent(figures: Published) -> Measured:
    """The paired interval if the two models solved problems independently of each other."""
    base, tuned = figures.base_1 / 100, figures.tuned_1 / 100
    return difference_interval(extreme({1.0: tuned * (1 - base), -1.0: base * (1 - tuned)}), m=SAMPLES)


def shown(measured: Measured) -> str:
    """Value and interval in percent or percentage points."""
    assert isinstance(measured, Estimate)
    return f"{100 * measured.value:.1f} [{100 * measured.low:.1f}, {100 * measured.high:.1f}]"


def verdict_of(figures: Published) -> str:
    """In which of the cases the change of pass@1 is shown to be a lift."""
    whole, other = lift_if_whole_problems(figures), lift_if_independent(figures)
    assert isinstance(whole, Estimate) and isinstance(other, Estimate)
    if other.low > 0.0:
        return "in any of these cases"
    return "if few problems got worse" if whole.low > 0.0 else "only if it is spread thin"


def main() -> None:
    """Print the table and what to make of it."""
    table = Table(title=f"SSD paper, LiveCodeBench v6: {PROBLEMS} problems x {SAMPLES} samples, 95 % intervals")
    for heading in (
        "model",
        "base pass@1, %",
        "SSD pass@1, %",
        "lift, pp: spread thin",
        "whole problems",
        "independent",
        "is it a lift?",
    ):
        table.add_column(heading)
    gaps = Table(title=f"The gap pass@{K} - pass@1 of the base models, widest intervals")
    for heading in ("model", f"gap@{K}, pp", "against the 5 pp that SSD needs"):
        gaps.add_column(heading)
    for figures in FIGURES:
        row = [own_interval(figures.base_1), own_interval(figures.tuned_1)]
        row += [lift_if_spread_thin(figures), lift_if_whole_problems(figures), lift_if_independent(figures)]
        table.add_row(figures.model, *map(shown, row), verdict_of(figures))
        gap = gap_interval(figures)
        assert isinstance(gap, Estimate)
        side = "above" if gap.low >= 0.05 else "below" if gap.high < 0.05 else "cannot be told from the means"
        gaps.add_row(figures.model, shown(gap), side)
    console = Console(width=160)
    console.print(table)
    console.print(gaps)
    console.print(
        "The means alone leave most lifts open: what decides is how many problems got worse, which only counts by "
        "problem tell. That the two models' own intervals overlap says nothing either way. Slices are left out: their "
        "sizes are not part of the table."
    )


if __name__ == "__main__":
    main()
