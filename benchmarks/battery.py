"""False alarms and detections of the anti-collapse battery, by simulation and on a model that has not drifted.

    python benchmarks/battery.py simulate --runs 4000
    python benchmarks/battery.py same --model embedded --seeds 20 --problems 24

``simulate`` draws what each probe compares (:mod:`battery_simulated`) on the sizes of the fourth edition's prompt sets
and of the starter set. Without a drift it counts the batteries with any alert, by the rule of each edition; with a
drift of one probe by so many tolerances, the alerts of that probe. ``same`` samples one model with different seeds,
compares each pair of neighbouring seeds by every probe that reads answers, asks both again where a probe is undecided,
and adds up what the battery costs beside an evaluation (:mod:`battery_same`); a killed run goes on from there.
Everything is seeded.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from battery_simulated import BATTERY, LEVEL, TESTING, Judged, Simulated
from passgap.probes import ProbeOutcome, ProbeStatus, judged_together


class Rates(NamedTuple):
    """How often a probe alerted, at how many looks on average, and how often its last interval held the drift."""

    alerts: float
    looks: float
    coverage: float


def false_alarms(runs: int, seed: int) -> tuple[float, float]:
    """The share of batteries with any alert where nothing drifted: by the value alone, and judged together."""
    source = np.random.default_rng(seed)
    alone = together = 0
    for _ in range(runs):
        found = [each.outcome(0.0, source) for each in BATTERY]
        alone += any(each.status is ProbeStatus.ALERT for each, _ in found)
        together += any(each.status is ProbeStatus.ALERT for each in together_of(found))
    return alone / runs, together / runs


def together_of(found: Sequence[Judged]) -> tuple[ProbeOutcome, ...]:
    """The outcomes of one battery, judged together."""
    p_values = {each.probe: p for each, p in found if p is not None}
    return judged_together([each for each, _ in found], TESTING.error, p_values)


def detection(probe: Simulated, times: float, runs: int, others: Sequence[Sequence[Judged]], seed: int) -> Rates:
    """How a probe that alone drifted by so many tolerances comes out.

    ``others`` are batteries in which nothing drifted, whose other probes stand beside it.
    """
    source = np.random.default_rng(seed)
    hits = looks = covered = 0
    for run in range(runs):
        beside = [each for each in others[run % len(others)] if each[0].probe != probe.name]
        own = probe.outcome(times * probe.tolerance, source)
        looks += own[0].look
        covered += own[0].drift.low <= probe.signed(times * probe.tolerance) <= own[0].drift.high
        hits += together_of([own, *beside])[0].status is ProbeStatus.ALERT
    return Rates(hits / runs, looks / runs, covered / runs)


def simulate(runs: int, seed: int) -> None:
    """Print the false alarms and the detections."""
    alone, together = false_alarms(runs, seed)
    print(f"{runs} batteries of {len(BATTERY)} probes in which nothing drifted, any alert:")
    print(f"  by the value alone (first edition): {100 * alone:.1f} %")
    print(f"  judged together (fourth edition):    {100 * together:.1f} %, declared at most {100 * (1 - LEVEL):.0f} %")
    print(
        "detections where one probe drifted by 2 and by 3 tolerances; of those that may be asked again, the looks that"
    )
    print("drifts of 0, 1, 2 and 3 took, and how often the last interval of nominally 95 % held the drift:", flush=True)
    source = np.random.default_rng(seed + 2)
    others = [[each.outcome(0.0, source) for each in BATTERY] for _ in range(50)]
    for probe in BATTERY:
        few = max(100, runs // 10)
        wanted = (0.0, 1.0, 2.0, 3.0) if probe.at_looks else (2.0, 3.0)
        found = [detection(probe, times, few, others, seed + 1) for times in wanted]
        told = " ".join(f"{100 * each.alerts:5.1f} %" for each in found[-2:])
        if probe.at_looks:
            looks = " ".join(f"{each.looks:.2f}" for each in found)
            told += f", looks {looks}, held {' '.join(f'{100 * each.coverage:.0f} %' for each in found)}"
        print(f"  {probe.name:18} tolerance {probe.said:>8}: {told}", flush=True)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    simulated = commands.add_parser("simulate")
    simulated.add_argument("--runs", type=int, default=4000)
    measured = commands.add_parser("same")
    measured.add_argument("--model", default="embedded")
    measured.add_argument("--seeds", type=int, default=20)
    measured.add_argument("--problems", type=int, default=24)
    measured.add_argument("--every", type=int, default=1, help="ask every so-many-th prompt of each kind")
    measured.add_argument("--keep", type=Path, default=Path("battery-same"), help="where the samples are kept")
    for each in (simulated, measured):
        each.add_argument("--seed", type=int, default=20_260_410)
    given = parser.parse_args()
    if given.command == "simulate":
        simulate(given.runs, given.seed)
    else:
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        from battery_same import same  # noqa: PLC0415 - the simulation needs no engine

        same(given.model, given.seeds, given.problems, given.seed, given.keep, given.every)


if __name__ == "__main__":
    main()
