"""What each probe of the battery compares, drawn from made-up models: scores of prompts, ratios, counts and modes.

Every probe's own declaration judges what is drawn here: its rule, its tolerance, and for the probes of diversity its
own comparison. The sizes are those of the fourth edition's prompt sets, and of the 216 held-out problems of the starter
set with 16 samples each. Prompts that can be asked again are, by the product's own rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from passgap.estimates import counts_from_columns, paired_median_ratio, paired_ratio
from passgap.estimates.measured import difference_interval, positive_mean_interval
from passgap.probes import PROBES, DriftTest, ModelSamples, ProbeOutcome, Rule, Settings, undecided
from passgap.records import Estimate, Measured
from passgap.spec.battery_looks import LOOKS

LEVEL = 0.95
TESTING = DriftTest(1.0 - LEVEL, LOOKS, directed=True)
Judged = tuple[ProbeOutcome, float | None]
"""An outcome, and the p-value of "nothing drifted" over its looks."""

PROBLEMS, SAMPLES = 216, 16
MOST = 0.9
"""The largest fall, as a fraction of 1: no more of a quantity can be lost."""
TOKENWISE = 40
"""Completions on which next-token distributions are compared."""

Floats = npt.NDArray[np.float64]
Source = np.random.Generator


@dataclass(frozen=True)
class Simulated:
    """A probe of the table, and how its drift is drawn for a true drift."""

    name: str
    draw: Callable[[float, Source], Measured | ModelSamples | Iterator[Measured]]
    """From the true drift, in the units of the tolerance and the direction of the rule: the drift that is found, or
    that at one look after the other."""
    falls: bool = False
    """Whether a change that counts in both directions is a fall, because there is no room for a rise."""

    @property
    def tolerance(self) -> float:
        """The probe's default tolerance."""
        return PROBES[self.name].tolerance.default

    @property
    def said(self) -> str:
        """The tolerance with its unit."""
        unit = {"difference": " pp", "share of base": " %", "nats": " cnat"}[PROBES[self.name].tolerance.unit.value]
        return f"{100 * self.tolerance:.0f}{unit}"

    def signed(self, drift: float) -> float:
        """A drift in the direction that counts, as tuned less base."""
        return -min(drift, MOST) if PROBES[self.name].rule is Rule.FALL or self.falls else drift

    @property
    def at_looks(self) -> bool:
        """Whether its prompts are asked again."""
        return isinstance(self.draw(0.0, np.random.default_rng(0)), Iterator)

    def outcome(self, drift: float, source: Source) -> Judged:
        """One comparison, judged by the probe's own rule and tolerance, at as many looks as it takes."""
        probe = PROBES[self.name]
        settings = Settings(tolerance=self.tolerance, level=LEVEL, largest_k=SAMPLES)
        found = self.draw(self.signed(drift), source)
        if isinstance(found, ModelSamples):  # both sides' counts: see `narrowed`
            outcome = probe.compare(*_sides(found), settings)
            return outcome, TESTING.p_value([outcome.drift], probe.rule, (1,))
        side = Estimate(value=0.5, low=0.0, high=1.0, level=LEVEL, n=2, m=1, method="made up")
        at_looks, drifts = isinstance(found, Iterator), list[Measured]()
        looks = TESTING.looks if at_looks else (1,)
        for each in found if isinstance(found, Iterator) else [found]:
            drifts.append(each)
            outcome = probe.outcome((side, side), each, settings)  # type: ignore[attr-defined]
            outcome = outcome.model_copy(update={"look": len(drifts), "looks": len(looks)})
            p = TESTING.p_value(drifts, probe.rule, looks)
            if at_looks and not undecided(outcome, p, TESTING.share(len(BATTERY)).error):
                break
        return outcome, p


def shares(
    prompts: int, answers: int, spread: tuple[float, float] = (1.0, 1.0), *, at_looks: bool = False
) -> Callable[[float, Source], Measured | Iterator[Measured]]:
    """The mean of a share over prompts: a drift moves some prompts all the way, up where there is room, else down.

    Args:
        prompts: how many.
        answers: to each; 0 for one greedy answer.
        spread: of the Beta distribution of the prompts' probabilities.
        at_looks: whether they are asked again where the probe is undecided.
    """

    def draw(drift: float, source: Source) -> Measured | Iterator[Measured]:
        probability = source.beta(*spread, prompts)
        moved = probability.copy()
        if drift:
            room = (1.0 - probability) if drift > 0.0 else probability
            order = source.permutation(prompts)
            reached = np.cumsum(room[order]) <= abs(drift) * prompts
            moved[order[reached]] = 1.0 if drift > 0.0 else 0.0
        if not answers:
            before, after = (probability > 0.5).astype(float), (moved > 0.5).astype(float)
        elif at_looks:
            return _looks(source, probability, moved)
        else:
            before = source.binomial(answers, probability) / answers
            after = source.binomial(answers, moved) / answers
        return difference_interval(after - before, level=LEVEL)

    return draw


def _looks(source: Source, probability: Floats, moved: Floats) -> Iterator[Measured]:
    """Yield the drift at one look after the other: further answers to the same prompts."""
    difference = np.zeros(len(probability))
    for before, multiple in pairwise((0, *TESTING.looks)):
        more = multiple - before
        difference += source.binomial(more, moved) - source.binomial(more, probability)
        yield difference_interval(difference / multiple, level=LEVEL)


def levels(prompts: int, mean: float, noise: float) -> Callable[[float, Source], Iterator[Measured]]:
    """The mean of a score between 0 and 1 with so much noise of one answer; prompts differ in how far they drift."""

    def draw(drift: float, source: Source) -> Iterator[Measured]:
        level = np.clip(source.normal(mean, noise, prompts), 0.0, 1.0)
        moved = level + drift * source.exponential(1.0, prompts)
        answers = [
            np.clip(each[:, None] + source.normal(0.0, noise, (prompts, TESTING.looks[-1])), 0.0, 1.0)
            for each in (level, moved)
        ]
        for multiple in TESTING.looks:
            before, after = (side[:, :multiple].mean(axis=1) for side in answers)
            yield difference_interval(after - before, level=LEVEL)

    return draw


def ratios(n: int, noise: float, *, median: bool = False, spread: float = 0.5) -> Callable[[float, Source], Measured]:
    """The ratio of a positive quantity: problems differ in size, and in how far they drift on the log scale.

    Args:
        n: problems.
        noise: of one side of a problem on the log scale, answers averaged.
        median: whether medians are compared, as of lengths.
        spread: of the problems' sizes on the log scale.
    """

    def draw(drift: float, source: Source) -> Measured:
        size = np.exp(source.normal(0.0, spread, n))
        moved = size * (1.0 + drift) ** source.exponential(1.0, n) if drift else size
        before, after = (each * np.exp(source.normal(0.0, noise, n)) for each in (size, moved))
        return (paired_median_ratio if median else paired_ratio)(before, after, level=LEVEL)

    return draw


def tokenwise(noise: float, mean: float = 0.6) -> Callable[[float, Source], Measured]:
    """A share of positions on the base model's own samples: without a drift both models say the same."""

    def draw(drift: float, source: Source) -> Measured:
        differs = (drift * source.exponential(1.0, TOKENWISE) + source.normal(0.0, noise, TOKENWISE)) if drift else 0.0
        level = source.normal(mean, 0.1, TOKENWISE)
        return difference_interval(np.clip(level + differs, 0.0, 1.0) - np.clip(level, 0.0, 1.0), level=LEVEL)

    return draw


def divergence(drift: float, source: Source) -> Measured:
    """KL(base || tuned) per token: 0 of a model from itself."""
    return positive_mean_interval(list(source.exponential(1.0, TOKENWISE) * drift), level=LEVEL, unit="nats")


def one_mode(drift: float, source: Source) -> Measured:
    """The chance that two right answers differ, of problems with six modes; a drift leaves some problems one mode."""
    modes = source.dirichlet(np.ones(6), PROBLEMS)
    right = source.binomial(SAMPLES, source.beta(0.5, 0.8, PROBLEMS))
    left = 1.0 - (modes**2).sum(axis=1).mean()
    narrowed = source.random(PROBLEMS) < -drift / left
    pairs = [
        (_differ(source.multinomial(n, p)), _differ(np.array([n]) if one else source.multinomial(n, p)))
        for n, p, one in zip(right, modes, narrowed, strict=True)
        if n >= 2
    ]
    return difference_interval(np.array([after - before for before, after in pairs]), level=LEVEL)


def _differ(counts: npt.NDArray[np.int64]) -> float:
    n = counts.sum()
    return float(1.0 - (counts * (counts - 1)).sum() / (n * (n - 1)))


def narrowed(drift: float, source: Source) -> ModelSamples:
    """Counts of base and tuned model: a drift makes problems that were solved now and then solved always or never.

    Which of both it is leaves pass@1 a little higher, and pass@k lower by the drift.
    """
    probability = source.beta(0.3, 0.5, PROBLEMS)
    moved = probability.copy()
    if drift:
        reach = 1.0 - (1.0 - probability) ** SAMPLES
        open_ones = (probability > 0.02) & (probability < 0.7)
        order = source.permutation(np.flatnonzero(open_ones))
        lost = np.cumsum(reach[order]) <= -drift * PROBLEMS
        moved[order[lost]] = 0.0
        given = probability[order[lost]].sum() + 0.03 * PROBLEMS
        rest = [each for each in np.flatnonzero(open_ones) if moved[each]]
        for each in source.permutation(rest):
            if given <= 0.0:
                break
            given -= 1.0 - moved[each]
            moved[each] = 1.0
    names = [f"p{number}" for number in range(PROBLEMS)]
    slices = ["easy", "medium", "hard"]
    sides = [
        counts_from_columns(
            names,
            [SAMPLES] * PROBLEMS,
            list(source.binomial(SAMPLES, each)),
            difficulties=[slices[number % 3] for number in range(PROBLEMS)],
        )
        for each in (probability, moved)
    ]
    return ModelSamples(heldout={}, counts=sides[0], references={}, prompted={}, apart={"tuned": sides[1]})  # type: ignore[dict-item]


def _sides(both: ModelSamples) -> tuple[ModelSamples, ModelSamples]:
    return (
        ModelSamples(heldout={}, counts=both.counts),
        ModelSamples(heldout={}, counts=both.apart["tuned"]),  # type: ignore[arg-type]
    )


BATTERY = (
    Simulated("repetition", ratios(PROBLEMS, 0.25)),
    Simulated("self-bleu", ratios(PROBLEMS, 0.12)),
    Simulated("distinct-n", ratios(PROBLEMS, 0.10)),
    Simulated("length", ratios(PROBLEMS, 0.20, median=True)),
    Simulated("truncation", shares(PROBLEMS, SAMPLES, (0.2, 4.0))),
    Simulated("ended", shares(80, 1, (2.0, 0.5), at_looks=True)),
    Simulated("diversity", narrowed),
    Simulated("diversity by slice", narrowed),
    Simulated("right answers", one_mode),
    Simulated("comments", shares(100, 1, at_looks=True)),
    Simulated("docstrings", shares(100, 1, at_looks=True)),
    Simulated("annotations", shares(100, 1, (0.5, 2.0), at_looks=True)),
    Simulated("naming", levels(100, 0.2, 0.15)),
    Simulated("layout", levels(100, 0.1, 0.08)),
    Simulated("refusals", shares(350, 1, (0.5, 0.5), at_looks=True)),
    Simulated("over-refusals", shares(150, 1, (0.2, 4.0), at_looks=True)),
    Simulated("unsafe compliance", shares(200, 1, (0.6, 0.6), at_looks=True)),
    Simulated("unsafe code", shares(180, 1, (0.3, 1.2), at_looks=True)),
    Simulated("bandit", shares(180, 1, (0.3, 1.2), at_looks=True)),
    Simulated("syntax", shares(PROBLEMS, SAMPLES, (4.0, 0.3))),
    Simulated("fences", shares(PROBLEMS, SAMPLES, (4.0, 0.3)), falls=True),
    Simulated("hedging", shares(PROBLEMS, SAMPLES, (1.0, 1.5))),
    Simulated("format", shares(80, 1, (0.1, 2.0), at_looks=True)),
    Simulated("maths", shares(80, 0)),
    Simulated("shell", shares(80, 0)),
    Simulated("instructions", shares(70, 0)),
    Simulated("facts", shares(70, 0)),
    Simulated("formats", shares(70, 0)),
    Simulated("divergence", divergence),
    Simulated("entropy", ratios(TOKENWISE, 0.0)),
    Simulated("forks", tokenwise(0.02, 0.2)),
    Simulated("locks", tokenwise(0.02)),
    Simulated("reference code", ratios(150, 0.0)),
)
