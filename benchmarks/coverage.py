"""Claim: passgap's 95 % intervals hold about 95 %, where the customary error bars do not.

    python benchmarks/coverage.py                 # every table, a few minutes on one core
    python benchmarks/coverage.py --reps 300 --only mean,paired
    python benchmarks/coverage.py --reps 20000 --only paired --population "5 %, spike" --sizes 131   # look closer

Each cell draws task sets from a population of problems (a Beta body with spikes at 0 and 1), samples each problem,
computes the interval with passgap's own code, and asks whether it holds the exact expectation over the population.
The Monte Carlo standard error of a coverage is sqrt(.95 * .05 / reps): 0.5 points at 2,000.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from passgap.decisions import (
    ArmChoice,
    DecodingChoice,
    Evidence,
    VerdictKind,
    choose_arm,
    decide_verdict,
    select_decoding,
)
from passgap.estimates import (
    PASS_AT_1,
    GapAtK,
    PassAtK,
    Quantity,
    counts_from_columns,
    doubling_looks,
    estimate_all,
    gap_at_k,
    gap_ceiling,
    holm,
    paired_median_ratio,
    paired_ratio,
    pass_at_k,
    repeated_delta,
    sign_flip_p_values,
)
from passgap.estimates.intervals import (
    mean_interval_bounds,
    paired_interval_bounds,
    ratio_interval_bounds,
    t_quantile,
    z_quantile,
)
from passgap.estimates.power import cost_of_non_overlap
from passgap.records import Estimate

Floats = npt.NDArray[np.float64]
Bounds = tuple[float, float]
LEVEL = 0.95


@dataclass(frozen=True)
class Population:
    """Problems' pass rates: a share at 0, a share at 1, and a Beta body."""

    name: str
    zeros: float
    ones: float
    a: float
    b: float

    def draw(self, rng: np.random.Generator, n: int) -> Floats:
        kind = rng.random(n)
        rates = rng.beta(self.a, self.b, size=n)
        return np.where(kind < self.zeros, 0.0, np.where(kind < self.zeros + self.ones, 1.0, rates))

    def fails(self, k: int) -> float:
        """E[(1 - p)^k], exactly."""
        body = np.exp(special.betaln(self.a, self.b + k) - special.betaln(self.a, self.b))
        return float(self.zeros + (1 - self.zeros - self.ones) * body)

    def truth(self, quantity: Quantity) -> float:
        solved = 1.0 - self.fails(quantity.k)
        return solved if isinstance(quantity, PassAtK) else solved - (1.0 - self.fails(1))


POPULATIONS = (
    Population("5 %, spike", 0.60, 0.00, 0.3, 2.1),
    Population("5 %, smooth", 0.00, 0.00, 0.3, 5.7),
    Population("40 %, spikes", 0.35, 0.20, 1.0, 1.25),
    Population("40 %, smooth", 0.00, 0.00, 0.8, 1.2),
    Population("85 %, spikes", 0.05, 0.60, 1.25, 0.5),
    Population("85 %, smooth", 0.00, 0.00, 3.4, 0.6),
)


def scores_of(quantity: Quantity, correct: npt.NDArray[np.int64], m: int) -> tuple[Floats, float]:
    k, samples = quantity.k, np.full(correct.shape, m)
    if isinstance(quantity, PassAtK):
        return pass_at_k(samples.ravel(), correct.ravel(), k).reshape(correct.shape), 1.0
    return gap_at_k(samples.ravel(), correct.ravel(), k).reshape(correct.shape), gap_ceiling(np.array([m]), k)


def passgap_interval(scores: Floats, upper: float, m: int) -> Bounds:
    found = mean_interval_bounds(scores, upper, LEVEL)
    return found.low, found.high


def clt_interval(scores: Floats, upper: float, m: int) -> Bounds:
    half = t_quantile(LEVEL, len(scores) - 1) * scores.std(ddof=1) / len(scores) ** 0.5
    return scores.mean() - half, scores.mean() + half


def binomial_interval(scores: Floats, upper: float, m: int) -> Bounds:
    """The bar that takes every sample for a problem of its own."""
    mean = scores.mean()
    half = z_quantile(LEVEL) * (mean * (upper - mean) / (len(scores) * m)) ** 0.5
    return mean - half, mean + half


MEAN_METHODS: dict[str, Callable[[Floats, float, int], Bounds]] = {
    "passgap": passgap_interval,
    "CLT": clt_interval,
    "binomial": binomial_interval,
}


@dataclass(frozen=True)
class Cell:
    """The coverage of one cell, in percent, by method."""

    label: str
    n: int
    m: int
    quantity: Quantity
    coverage: dict[str, float]
    width: float


def covered(intervals: list[Bounds], truth: float) -> float:
    return 100.0 * float(np.mean([low <= truth <= high for low, high in intervals]))


def mean_cells(
    reps: int, sizes: tuple[int, ...], rng: np.random.Generator, populations: tuple[Population, ...] = POPULATIONS
) -> Iterator[Cell]:
    for population in populations:
        for n in sizes:
            for m in (10, 16, 20):
                rates = population.draw(rng, n * reps).reshape(reps, n)
                correct = rng.binomial(m, rates)
                for quantity in (PASS_AT_1, PassAtK(8 if m == 10 else 16), GapAtK(8 if m == 10 else 16)):
                    scores, upper = scores_of(quantity, correct, m)
                    truth = population.truth(quantity)
                    found = {name: [method(row, upper, m) for row in scores] for name, method in MEAN_METHODS.items()}
                    yield Cell(
                        population.name,
                        n,
                        m,
                        quantity,
                        {name: covered(intervals, truth) for name, intervals in found.items()},
                        100 * float(np.mean([high - low for low, high in found["passgap"]])),
                    )


@dataclass(frozen=True)
class Change:
    """The effect of tuning on a problem: mostly none, sometimes another rate, sometimes a lift towards 1."""

    name: str
    redrawn: float
    lifted: float
    by: float

    def draw(self, rng: np.random.Generator, population: Population, base: Floats) -> Floats:
        kind = rng.random(base.shape)
        other = population.draw(rng, base.size).reshape(base.shape)
        lifted = 1 - (1 - base) * (1 - self.by)
        return np.where(kind < self.redrawn, other, np.where(kind < self.redrawn + self.lifted, lifted, base))

    def truth(self, population: Population, quantity: Quantity) -> float:
        many, one = population.fails(quantity.k), population.fails(1)
        gained = self.lifted * many * (1 - (1 - self.by) ** quantity.k)
        return gained if isinstance(quantity, PassAtK) else gained - self.lifted * one * self.by


CHANGES = (
    Change("no change", 0.0, 0.0, 0.0),
    Change("redrawn 20 %", 0.2, 0.0, 0.0),
    Change("lifted 20 %", 0.1, 0.2, 0.3),
    Change("lifted 60 %", 0.2, 0.6, 0.2),
)


def paired_cells(
    reps: int, sizes: tuple[int, ...], rng: np.random.Generator, populations: tuple[Population, ...] = POPULATIONS
) -> Iterator[Cell]:
    m = 16
    for population in populations:
        for change in CHANGES:
            for n in sizes:
                base_rates = population.draw(rng, n * reps).reshape(reps, n)
                base = rng.binomial(m, base_rates)
                tuned = rng.binomial(m, change.draw(rng, population, base_rates))
                for quantity in (PASS_AT_1, PassAtK(8), GapAtK(8)):
                    before, upper = scores_of(quantity, base, m)
                    after, _ = scores_of(quantity, tuned, m)
                    truth = change.truth(population, quantity)
                    ours = [paired_interval_bounds(row, upper, LEVEL) for row in after - before]
                    yield Cell(
                        f"{population.name}, {change.name}",
                        n,
                        m,
                        quantity,
                        {
                            "passgap": covered([(each.low, each.high) for each in ours], truth),
                            "CLT": covered([clt_interval(row, upper, m) for row in after - before], truth),
                            "binomial": covered(
                                [_unpaired_binomial(a, b, upper, m) for a, b in zip(before, after, strict=True)], truth
                            ),
                        },
                        100 * float(np.mean([each.high - each.low for each in ours])),
                    )


def power_rows(reps: int, rng: np.random.Generator) -> Iterator[str]:
    yield "| population | n | true lift | paired interval above 0 | intervals do not overlap | costs, in problems |"
    yield "|---|---|---|---|---|---|"
    m = 16
    for population in (POPULATIONS[3], POPULATIONS[5]):
        for n in (131, 374):
            for lift in (0.0, 0.02, 0.05, 0.10):
                change = Change("", 0.05, 2 * lift / population.fails(1), 0.5)
                base_rates = population.draw(rng, n * reps).reshape(reps, n)
                before, _ = scores_of(PASS_AT_1, rng.binomial(m, base_rates), m)
                after, _ = scores_of(PASS_AT_1, rng.binomial(m, change.draw(rng, population, base_rates)), m)
                paired = [paired_interval_bounds(row, 1.0, LEVEL) for row in after - before]
                bases, tuned = ([mean_interval_bounds(row, 1.0, LEVEL) for row in side] for side in (before, after))
                above = 100 * np.mean([each.low > 0 for each in paired])
                apart = 100 * np.mean([b.high < t.low for b, t in zip(bases, tuned, strict=True)])
                cost = np.median(
                    [
                        cost_of_non_overlap(p.high - p.low, b.high - b.low, t.high - t.low)
                        for p, b, t in zip(paired, bases, tuned, strict=True)
                    ]
                )
                yield f"| {population.name} | {n} | {100 * lift:g} pp | {above:.1f} | {apart:.1f} | x {cost:.1f} |"


def _unpaired_binomial(before: Floats, after: Floats, upper: float, m: int) -> Bounds:
    a, b, trials = before.mean(), after.mean(), len(before) * m
    half = z_quantile(LEVEL) * ((a * (upper - a) + b * (upper - b)) / trials) ** 0.5
    return b - a - half, b - a + half


SLICES = (
    Population("easy", 0.02, 0.3, 1.5, 0.5),
    Population("medium", 0.3, 0.1, 0.8, 1.2),
    Population("hard", 0.6, 0.0, 0.3, 1.5),
)


def slice_rows(reps: int, rng: np.random.Generator) -> Iterator[str]:
    yield "| slices | quantity | 95 % each, all hold | passgap's simultaneous level, all hold |"
    yield "|---|---|---|---|"
    m = 16
    for sizes in ((20, 20, 20), (50, 50, 31), (75, 75, 74)):
        drawn = [
            rng.binomial(m, part.draw(rng, n * reps).reshape(reps, n)) for part, n in zip(SLICES, sizes, strict=True)
        ]
        for quantity in (PASS_AT_1, PassAtK(16), GapAtK(16)):
            hold = {level: np.ones(reps, dtype=bool) for level in (LEVEL, 1 - (1 - LEVEL) / len(SLICES))}
            for part, correct in zip(SLICES, drawn, strict=True):
                scores, upper = scores_of(quantity, correct, m)
                truth = part.truth(quantity)
                for level in hold:
                    found = [mean_interval_bounds(row, upper, level) for row in scores]
                    hold[level] &= np.array([each.low <= truth <= each.high for each in found])
            single, joint = (100 * float(each.mean()) for each in hold.values())
            yield f"| {', '.join(map(str, sizes))} | {quantity} | {single:.1f} | {joint:.1f} |"


def scaled_to(gap: float, zeros: float, k: int = 16) -> Population:
    """A population with exactly this gap: a Beta body among problems that are never or always solved."""
    body = Population("", 0.0, 0.0, 0.5, 1.0)
    share = gap / body.truth(GapAtK(k))
    rest = 1.0 - share
    return Population(f"gap {100 * gap:g} pp", rest * zeros, rest * (1 - zeros), 0.5, 1.0)


def verdict_rows(reps: int, rng: np.random.Generator) -> Iterator[str]:
    yield "| true gap@16 | n | GO-SSD | GO-OTHER | MEASURE-MORE |"
    yield "|---|---|---|---|---|"
    m = 16
    for gap in (0.01, 0.03, 0.05, 0.08, 0.15):
        for n in (131, 224, 374, 1000):
            shares = []
            for zeros in (1.0, 0.5, 0.1):
                population = scaled_to(gap, zeros)
                kinds = []
                names = [f"p{i}" for i in range(n)]
                for _ in range(reps):
                    correct = rng.binomial(m, population.draw(rng, n))
                    table = estimate_all(counts_from_columns(names, [m] * n, correct), (1, 16))
                    kinds.append(decide_verdict(Evidence(table=table)).verdict)
                shares.append([100 * np.mean([kind is wanted for kind in kinds]) for wanted in WANTED])
            spans = [f"{min(column):.1f} - {max(column):.1f}" for column in zip(*shares, strict=True)]
            yield f"| {100 * gap:g} pp | {n} | {' | '.join(spans)} |"


def look_rows(reps: int, rng: np.random.Generator) -> Iterator[str]:
    yield "| true gap@16 | intervals of each look | GO-SSD | GO-OTHER | still open | mean n |"
    yield "|---|---|---|---|---|---|"
    m, plan = 16, doubling_looks(131, 1048)
    ceiling = gap_ceiling(np.array([m]), 16)
    for gap in (0.03, 0.05, 0.08):
        population = scaled_to(gap, 0.5)
        correct = rng.binomial(m, population.draw(rng, reps * plan.problems[-1]).reshape(reps, -1))
        scores, _ = scores_of(GapAtK(16), correct, m)
        for label, level in (("95 %", LEVEL), (f"{100 * plan.level_each:.1f} %", plan.level_each)):
            ends = [_first_decision(row, ceiling, level, plan.problems) for row in scores]
            go, other = (100 * np.mean([end[0] == kind for end in ends]) for kind in ("GO", "OTHER"))
            size = np.mean([end[1] for end in ends])
            yield f"| {100 * gap:g} pp | {label} | {go:.1f} | {other:.1f} | {100 - go - other:.1f} | {size:.0f} |"


def _first_decision(scores: Floats, ceiling: float, level: float, looks: tuple[int, ...]) -> tuple[str, int]:
    for n in looks:
        found = mean_interval_bounds(scores[:n], ceiling, level)
        if found.low >= 0.05:
            return "GO", n
        if found.high < 0.05:
            return "OTHER", n
    return "OPEN", looks[-1]


WANTED = (VerdictKind.GO_SSD, VerdictKind.GO_OTHER, VerdictKind.MEASURE_MORE)


def ratio_rows(reps: int, rng: np.random.Generator) -> Iterator[str]:
    yield "| quantity | n | ratio of means | ratio of medians |"
    yield "|---|---|---|---|"
    for name, noise, spread in (("output lengths", 0.2, 0.6), ("heavy-tailed lengths", 0.4, 1.2)):
        for n in (20, 50, 100, 300):
            hits = {"mean": 0, "median": 0}
            for _ in range(reps):
                shared = rng.normal(4.5, spread, size=n)
                base, tuned = (np.exp(shared + rng.normal(0, noise, size=n)) for _ in range(2))
                mean = paired_ratio(base, 1.1 * tuned)
                median = paired_median_ratio(base, 1.1 * tuned, resamples=1000)
                hits["mean"] += isinstance(mean, Estimate) and mean.low <= 1.1 <= mean.high
                hits["median"] += isinstance(median, Estimate) and median.low <= 1.1 <= median.high
            yield f"| {name} | {n} | {100 * hits['mean'] / reps:.1f} | {100 * hits['median'] / reps:.1f} |"


SETTINGS = 10
OWN = 0.3
"""The share of problems whose pass rate at a setting is its own: decoding moves single problems up and down."""


def decoding_rows(reps: int, rng: np.random.Generator) -> Iterator[str]:
    """The best of ten decodings: what its pass@1 says where it was chosen, and what ``select_decoding`` reports."""
    yield "| settings | population | n | optimism where chosen, pp | error as reported, pp | lift's interval holds, % |"
    yield "|---|---|---|---|---|---|"
    for world, worst in (("all equal", 1.0), ("from 70 to 100 % of the best", 0.7)):
        factors = np.linspace(worst, 1.0, SETTINGS)
        for population in (POPULATIONS[0], POPULATIONS[2]):
            for n in (100, 131, 200, 400):
                found = [_selection(population, factors, n, rng) for _ in range(reps)]
                optimism, error, holds = np.mean(found, axis=0)
                yield (
                    f"| {world} | {population.name} | {n} | {100 * optimism:+.2f} | {100 * error:+.2f} "
                    f"| {100 * holds:.1f} |"
                )


def _selection(population: Population, factors: Floats, n: int, rng: np.random.Generator) -> tuple[float, float, bool]:
    """One study: 4 samples a problem at each setting, 16 at production decoding, which is the middle one."""
    shared, mean = population.draw(rng, n), population.truth(PASS_AT_1)
    truths = {str(number): float(mean * factor) for number, factor in enumerate(factors)}
    production = str(SETTINGS // 2)
    runs = {}
    for name, factor in zip(truths, factors, strict=True):
        rates = factor * np.where(rng.random(n) < OWN, population.draw(rng, n), shared)
        m = 16 if name == production else 4
        runs[name] = counts_from_columns([f"p{i:04d}" for i in range(n)], [m] * n, rng.binomial(m, rates))
    choice = select_decoding(runs, production)
    assert isinstance(choice, DecodingChoice)
    best, test, lift = choice.development[choice.chosen], choice.test, choice.lift.delta
    assert isinstance(best, Estimate) and isinstance(test, Estimate) and isinstance(lift, Estimate)
    reported = sum(len(names) * truths[setting] for setting, names in choice.tested.items()) / test.n
    holds = lift.low <= reported - truths[production] <= lift.high
    return best.value - truths[choice.chosen], test.value - reported, holds


def seed_rows(reps: int, rng: np.random.Generator) -> Iterator[str]:
    """A mean change over problems and seeds, whose truth is 5 pp: seeds move every problem, and each on its own."""
    yield "| seeds | between seeds, pp | n | passgap, % | width, pp | one checkpoint, % | problems alone, % |"
    yield "|---|---|---|---|---|---|---|"
    m, truth = 16, 0.05
    for seeds in (2, 3, 5):
        for between in (0.0, 0.01, 0.03):
            for n in (131, 374):
                found = [_seeds(seeds, between, n, m, truth, rng) for _ in range(reps)]
                ours, width, single, alone = np.mean(found, axis=0)
                yield (
                    f"| {seeds} | {100 * between:.0f} | {n} | **{100 * ours:.1f}** | {100 * width:.1f} | "
                    f"{100 * single:.1f} | {100 * alone:.1f} |"
                )


def _seeds(
    seeds: int, between: float, n: int, m: int, truth: float, rng: np.random.Generator
) -> tuple[bool, float, bool, bool]:
    rates = rng.beta(2.0, 2.0, n) * 0.5 + 0.2
    shifts = rng.normal(0.0, between, (seeds, 1)).clip(-0.1, 0.1) + rng.uniform(-0.05, 0.05, (seeds, n))
    names = [f"p{i:04d}" for i in range(n)]
    base = counts_from_columns(names, [m] * n, rng.binomial(m, rates))
    tuned = [counts_from_columns(names, [m] * n, row) for row in rng.binomial(m, rates + truth + shifts)]
    found = repeated_delta([base], tuned, PASS_AT_1).delta
    assert isinstance(found, Estimate)
    differences = np.stack([(each.correct - base.correct) / m for each in tuned])
    single, alone = (paired_interval_bounds(each, 1.0, LEVEL) for each in (differences[0], differences.mean(axis=0)))
    return (
        found.low <= truth <= found.high,
        found.high - found.low,
        single.low <= truth <= single.high,
        alone.low <= truth <= alone.high,
    )


def arm_rows(reps: int, rng: np.random.Generator) -> Iterator[str]:
    """Arms that do nothing: how often any is said to beat the base model, and what the best of them is said to give."""
    yield "| arms | n | any beats base, % | with Holm, % | best where chosen, pp | confirmed, pp | interval holds, % |"
    yield "|---|---|---|---|---|---|---|"
    for arms in (2, 8):
        for n in (131, 374):
            raw, adjusted, optimism, confirmed, holds = np.mean([_arms(arms, n, rng) for _ in range(reps)], axis=0)
            yield (
                f"| {arms} | {n} | {100 * raw:.1f} | **{100 * adjusted:.1f}** | {100 * optimism:+.2f} | "
                f"{100 * confirmed:+.2f} | {100 * holds:.1f} |"
            )


def _arms(arms: int, n: int, rng: np.random.Generator) -> tuple[bool, bool, float, float, bool]:
    """One study with 16 samples of each problem: the arms share the base model's samples."""
    drawn = rng.binomial(16, np.broadcast_to(POPULATIONS[3].draw(rng, n)[:, None], (n, arms + 1)))
    differences = (drawn[:, 1:] - drawn[:, [0]]) / 16
    p = {str(arm): float(each) for arm, each in enumerate(sign_flip_p_values(differences, flips=2_000))}
    rose = [arm for arm in p if differences[:, int(arm)].mean() > 0.0]
    names = [f"p{i:04d}" for i in range(n)]
    runs = {str(arm): [counts_from_columns(names, [16] * n, drawn[:, arm])] for arm in range(arms + 1)}
    choice = choose_arm(runs, "0")
    assert isinstance(choice, ArmChoice)
    best, base, lift = choice.development[choice.chosen], choice.development["0"], choice.lift.delta
    assert isinstance(best, Estimate) and isinstance(base, Estimate) and isinstance(lift, Estimate)
    return (
        any(p[arm] <= 1.0 - LEVEL for arm in rose),
        any(holm(p)[arm] <= 1.0 - LEVEL for arm in rose),
        best.value - base.value,
        lift.value,
        lift.low <= 0.0 <= lift.high,
    )


VERIFIERS = ((1.0, 0.01), (0.9, 0.1), (0.95, 0.9))
"""The share of right samples that a verifier accepts, and its mean share of wrong ones, which differs by problem."""


def verifier_rows(reps: int, rng: np.random.Generator) -> Iterator[str]:
    """Precision over accepted samples: easy problems have more of them, and more of these are right."""
    yield "| problems | cells | passgap: min / mean / max | width, pp | every sample a trial: min / mean |"
    yield "|---|---|---|---|---|"
    m = 8
    for n in (20, 50, 100, 187, 500):
        ours, plain, widths = [], [], []
        for population in POPULATIONS:
            rate = population.truth(PassAtK(1))
            for sensitivity, false_rate in VERIFIERS:
                truth = rate * sensitivity / (rate * sensitivity + (1 - rate) * false_rate)
                right = rng.binomial(m, population.draw(rng, reps * n).reshape(reps, n))
                hits = rng.binomial(right, sensitivity).astype(float)
                missed = rng.beta(2 * false_rate, 2 * (1 - false_rate), right.shape)
                accepted = hits + rng.binomial(m - right, missed)
                tried = [row for row in range(reps) if accepted[row].any()]
                found = [ratio_interval_bounds(hits[row], accepted[row], LEVEL) for row in tried]
                ours.append(covered([(each.low, each.high) for each in found], truth))
                widths.append(100 * float(np.mean([each.high - each.low for each in found])))
                total, won = accepted[tried].sum(axis=1), hits[tried].sum(axis=1)
                value = won / total
                half = z_quantile(LEVEL) * np.sqrt(value * (1 - value) / total)
                plain.append(covered(list(zip(value - half, value + half, strict=True)), truth))
        yield (
            f"| {n} | {len(ours)} | **{min(ours):.1f} / {np.mean(ours):.1f} / {max(ours):.1f}** "
            f"| {np.mean(widths):.1f} | {min(plain):.1f} / {np.mean(plain):.1f} |"
        )


def summary(cells: list[Cell]) -> Iterator[str]:
    yield "| n | cells | passgap: min / mean / max | over 98 % | width, pp | CLT: min / mean | binomial: min / mean |"
    yield "|---|---|---|---|---|---|---|"
    for n in sorted({cell.n for cell in cells}):
        part = [cell for cell in cells if cell.n == n]
        ours, clt, binomial = ([cell.coverage[name] for cell in part] for name in ("passgap", "CLT", "binomial"))
        width, over = np.mean([cell.width for cell in part]), sum(each > 98 for each in ours)
        yield (
            f"| {n} | {len(part)} | **{min(ours):.1f} / {np.mean(ours):.1f} / {max(ours):.1f}** | {over} | {width:.1f} "
            f"| {min(clt):.1f} / {np.mean(clt):.1f} | {min(binomial):.1f} / {np.mean(binomial):.1f} |"
        )
    worst = sorted(cells, key=lambda cell: cell.coverage["passgap"])[:5]
    yield ""
    yield "Lowest: " + "; ".join(
        f"{cell.coverage['passgap']:.1f} ({cell.label}, n = {cell.n}, m = {cell.m}, {cell.quantity})" for cell in worst
    )


TABLES = ("mean", "paired", "power", "slices", "verdict", "looks", "ratio", "decoding", "seeds", "arms", "verifier")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reps", type=int, default=2000, help="task sets drawn for each cell")
    parser.add_argument("--seed", type=int, default=20260403)
    parser.add_argument("--only", default=",".join(TABLES), help="which tables, by comma")
    parser.add_argument("--sizes", help="numbers of problems of the mean and paired tables, by comma")
    parser.add_argument("--population", help="only this population in the mean and paired tables")
    arguments = parser.parse_args()
    sizes = (50, 100, 131, 200, 374, 1000)
    small: tuple[int, ...] = (5, 10, 20, 30)
    if arguments.sizes:
        sizes, small = tuple(int(each) for each in arguments.sizes.split(",")), ()
    populations = tuple(each for each in POPULATIONS if arguments.population in (None, each.name))
    tables: dict[str, Callable[[np.random.Generator], Iterator[str]]] = {
        "mean": lambda rng: summary(list(mean_cells(arguments.reps, (*small, *sizes), rng, populations))),
        "paired": lambda rng: summary(list(paired_cells(arguments.reps, sizes, rng, populations))),
        "power": lambda rng: power_rows(arguments.reps, rng),
        "slices": lambda rng: slice_rows(arguments.reps, rng),
        "verdict": lambda rng: verdict_rows(max(100, arguments.reps // 4), rng),
        "looks": lambda rng: look_rows(arguments.reps, rng),
        "ratio": lambda rng: ratio_rows(max(100, arguments.reps // 2), rng),
        "decoding": lambda rng: decoding_rows(max(100, arguments.reps // 4), rng),
        "seeds": lambda rng: seed_rows(max(100, arguments.reps // 2), rng),
        "arms": lambda rng: arm_rows(max(100, arguments.reps // 4), rng),
        "verifier": lambda rng: verifier_rows(arguments.reps, rng),
    }
    for number, name in enumerate(tables):
        if name not in arguments.only.split(","):
            continue
        started = time.perf_counter()
        print(f"\n## {name} ({arguments.reps} task sets a cell)\n")
        for line in tables[name](np.random.default_rng([arguments.seed, number])):
            print(line, flush=True)
        print(f"\n{time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
