"""Simulate the diagnostics that predict: do their intervals cover, and does the verdict advise better with them?

    python benchmarks/predictions.py --studies 1000 --seed 1

**Coverage.** Problems have a pass rate each (a mixture of Beta distributions) and an association each: the scores of
right samples exceed those of wrong ones by a mean of ``delta`` nats, around which problems scatter. Scores are normal.
Then the derivative of pass@1 under sharpening, p (1 - p) delta, and the probability that a right sample outscores a
wrong one are known exactly; what the other diagnostics estimate with a finite number of samples is averaged over
independent studies. Printed for each diagnostic: the share of studies whose 95 % interval holds the truth, and the
shares in which it lies wholly above and below it. These are the very functions that ``passgap run`` calls.

**Advice.** All studies show a gap, so that the verdict without diagnostics always names minimal SSD. In each, the true
lift of minimal SSD is correlated with the true sharpening effect: at 1 the diagnostic is right about the model, at 0 it
knows nothing, below 0 it is wrong about it. Outcomes are measured with the error of a paired comparison. Past studies
of the same world give the track record, by :func:`passgap.predictors.standings_of`, and the verdict is that of
:func:`passgap.decisions.decide_verdict`. Printed for each correlation and number of past studies:

- sent: minimal SSD is named, and it lowers pass@1;
- withheld: it is not named, and it would lift pass@1 by what matters or more;
- wrong: the sum of both, with its Monte Carlo error, beside the share without diagnostics, in which all is sent.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.stats import norm

from passgap.decisions import Alternatives, Evidence, VerdictKind, decide_verdict
from passgap.estimates import counts_from_columns, estimate_all
from passgap.estimates.association import ScoredProblem, likeliest_effect, sharpening_effect, within_problem_auc
from passgap.estimates.slope import pass_slope
from passgap.predictors import (
    Direction,
    PastPrediction,
    Prediction,
    TrackCount,
    counts_of,
    score_prediction,
    standings_of,
    weigh,
)
from passgap.records import Estimate, Measured

SAMPLES = 16
KS = (1, 4, 8, 16)
STEP = 0.1
SCATTER = 5.0
"""Standard deviation of the scores of a problem's samples, in nats."""

SMALLEST = 0.02
"""The least lift that matters."""

TRUE_SPREAD = 0.04
"""Standard deviation of true lifts between studies."""

ERROR = 0.012
"""Standard error of a measured lift, and of the diagnostic on the scale of lifts: 200 problems with 8 samples."""


@dataclass(frozen=True)
class World:
    """How pass rates and associations are spread."""

    name: str
    rates: tuple[tuple[float, float, float], ...]
    """Weight and parameters of each Beta distribution that pass rates are from."""
    delta: float
    """Mean of the problems' associations, in nats."""
    between: float
    """Their standard deviation."""


WORLDS = (
    World("weak model", ((0.7, 0.05, 8.0), (0.3, 1.0, 6.0)), delta=2.0, between=3.0),
    World("able model", ((0.3, 0.1, 4.0), (0.4, 1.5, 1.5), (0.3, 8.0, 1.0)), delta=2.0, between=3.0),
    World("no association", ((0.4, 0.1, 4.0), (0.6, 1.0, 2.0)), delta=0.0, between=3.0),
    World("wrong answers likelier", ((0.4, 0.1, 4.0), (0.6, 1.0, 2.0)), delta=-3.0, between=2.0),
)


def draw_rates(world: World, problems: int, random: np.random.Generator) -> np.ndarray:
    """Pass rates of problems."""
    weights = np.array([each[0] for each in world.rates])
    parts = random.choice(len(weights), size=problems, p=weights / weights.sum())
    alphas, betas = (np.array([each[place] for each in world.rates])[parts] for place in (1, 2))
    return np.asarray(random.beta(alphas, betas))


def draw_study(world: World, problems: int, random: np.random.Generator) -> list[ScoredProblem]:
    """The samples of a study: whether each passed, and its score."""
    rates = draw_rates(world, problems, random)
    deltas = random.normal(world.delta, world.between, problems)
    passed = random.random((problems, SAMPLES)) < rates[:, None]
    scores = random.normal(0.0, SCATTER, (problems, SAMPLES)) + passed * deltas[:, None]
    return [(row.tolist(), score.tolist()) for row, score in zip(passed, scores, strict=True)]


def statistics_of(study: Sequence[ScoredProblem]) -> dict[str, Measured]:
    """The diagnostics, by the functions that a study calls."""
    names = [f"p{number}" for number in range(len(study))]
    counts = counts_from_columns(names, [SAMPLES] * len(study), [sum(passed) for passed, _ in study])
    return {
        "sharpening": sharpening_effect(study, STEP),
        "likelihood-auc": within_problem_auc(study),
        "likeliest": likeliest_effect(study),
        "pass-slope": pass_slope(counts, KS),
    }


@cache
def exact(world: World) -> dict[str, float]:
    """The quantities that the diagnostics estimate, where they have a closed form or a sum over many pass rates."""
    random = np.random.default_rng(12345)
    rates = draw_rates(world, 1_000_000, random)
    deltas = random.normal(world.delta, world.between, len(rates))
    contested = 1.0 - rates**SAMPLES - (1.0 - rates) ** SAMPLES
    auc = norm.cdf(deltas / (SCATTER * math.sqrt(2.0)))
    return {
        "sharpening": float((rates * (1.0 - rates) * deltas).mean() * STEP),
        "likelihood-auc": float((contested * auc).sum() / contested.sum()),
    }


def coverage(world: World, problems: int, studies: int, seed: int) -> dict[str, dict[str, float]]:
    """How often the interval of each diagnostic holds the truth, and how often it lies wholly above or below it."""
    random = np.random.default_rng(seed)
    drawn = [statistics_of(draw_study(world, problems, random)) for _ in range(studies)]
    truths = dict(exact(world))
    for name in drawn[0]:
        measured = [each[name] for each in drawn]
        known = [each for each in measured if isinstance(each, Estimate)]
        truths.setdefault(name, float(np.mean([each.value for each in known])))
    found = {}
    for name, truth in truths.items():
        known = [each for study in drawn if isinstance(each := study[name], Estimate)]
        above = sum(each.low > truth for each in known) / len(known)
        below = sum(each.high < truth for each in known) / len(known)
        found[name] = {"truth": truth, "covered": 1.0 - above - below, "above": above, "below": below, "n": len(known)}
    return found


def measured(value: float) -> Estimate:
    """A lift with the interval of a paired comparison."""
    half = 1.96 * ERROR
    return Estimate(value=value, low=value - half, high=value + half, n=200, m=8, method="simulated", unit="difference")


@dataclass(frozen=True)
class Run:
    """A study whose diagnostic and true lift are known."""

    prediction: Prediction
    lift: float
    outcome: Estimate


def draw_run(correlation: float, random: np.random.Generator) -> Run:
    """A study with a gap: its diagnostic speaks where its whole interval lies on one side."""
    effect, own = random.normal(size=2)
    lift = TRUE_SPREAD * (correlation * effect + math.sqrt(1.0 - correlation**2) * own)
    seen = measured(TRUE_SPREAD * effect + ERROR * random.normal())
    direction = Direction.UP if seen.low > 0.0 else Direction.DOWN if seen.high < 0.0 else None
    said = Prediction(predictor="sharpening", measured=seen, direction=direction, because="simulated")
    return Run(said, lift, measured(lift + ERROR * random.normal()))


def record_of(runs: Sequence[Run]) -> dict[str, TrackCount]:
    """The track record of past studies, one arm each."""
    past = [
        PastPrediction(study=str(number), arm="ssd", scored=score_prediction(each.prediction, each.outcome, SMALLEST))
        for number, each in enumerate(runs)
    ]
    return counts_of(standings_of(past))


@cache
def with_a_gap() -> Evidence:
    """Properties that all of these studies share: a gap, and a verifier."""
    counts = counts_from_columns([f"p{n}" for n in range(300)], [16] * 300, [0] * 180 + [2] * 60 + [8] * 60)
    return Evidence(table=estimate_all(counts), alternatives=Alternatives(verifier=True))


def advises_ssd(run: Run, record: dict[str, TrackCount]) -> bool:
    """Whether the verdict is GO-SSD."""
    told = weigh("ssd", [run.prediction], record, ("sharpening",))
    if told is None:
        return True
    evidence = with_a_gap().model_copy(update={"foretold": told})
    return decide_verdict(evidence).verdict is VerdictKind.GO_SSD


def advice(correlation: float, past: int, studies: int, seed: int) -> dict[str, float]:
    """How often the verdict advises wrongly, with diagnostics and without."""
    random = np.random.default_rng(seed)
    sent = withheld = without = spoke = 0
    for _ in range(studies):
        record = record_of([draw_run(correlation, random) for _ in range(past)]) if past else {}
        run = draw_run(correlation, random)
        named = advises_ssd(run, record)
        without += run.lift < 0.0
        sent += named and run.lift < 0.0
        withheld += not named and run.lift >= SMALLEST
        spoke += not named
    wrong = (sent + withheld) / studies
    return {
        "wrong_without": without / studies,
        "wrong": wrong,
        "wrong_se": math.sqrt(max(wrong * (1.0 - wrong), 1e-12) / studies),
        "sent": sent / studies,
        "withheld": withheld / studies,
        "not_ssd": spoke / studies,
    }


def shown(numbers: Sequence[float]) -> str:
    """Numbers in columns."""
    return "".join(f"{each:14.4f}" for each in numbers)


def heads(names: Sequence[str]) -> str:
    """Heads of columns."""
    return "".join(f"{each.replace('_', ' '):>14}" for each in names)


def main() -> None:
    """Print both tables, row by row as they are computed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=1000)
    parser.add_argument("--problems", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    names = ("truth", "covered", "above", "below", "n")
    print(f"{'world':24}{'diagnostic':18}{heads(names)}", flush=True)
    for world in WORLDS:
        for name, row in coverage(world, given.problems, given.studies, given.seed).items():
            print(f"{world.name:24}{name:18}{shown([row[each] for each in names])}", flush=True)
    columns = ("wrong_without", "wrong", "wrong_se", "sent", "withheld", "not_ssd")
    print(f"\n{'correlation, record':42}{heads(columns)}")
    for correlation in (0.95, 0.6, 0.0, -0.6):
        for past in (0, 5, 20, 60):
            found = advice(correlation, past, given.studies, given.seed)
            named = f"{correlation:+.2f}, {past} past studies"
            print(f"{named:42}{shown([found[each] for each in columns])}", flush=True)


if __name__ == "__main__":
    main()
