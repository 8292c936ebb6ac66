"""A race of several models over problems: evidence that one is not the best, valid at every look.

For models i and j let d be the score of i minus that of j on a problem, between -1 and 1. If i is no worse than j, the
product of 1 - lambda * d over the problems is a nonnegative supermartingale for every lambda in (0, 1); a mixture over
several lambda is one too, an e-process against "i is no worse than j" (betting: Waudby-Smith & Ramdas, arXiv
2010.09686). The mean of the e-processes of i against all others is one against "i is the best". By Ville's inequality,
it ever reaches 1 / error with a probability of at most ``error``, however often one looks.

Problems are taken to be drawn in random order from the population that the statement is about; each counts once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from passgap.estimates.anytime import log_mean_exp
from passgap.estimates.counts import FloatArray
from passgap.records.units import FractionOf1

BETS = (0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9)
"""Shares of the wealth that are bet on "worse" at each problem."""

LARGEST = 700.0
"""The logarithm of the largest e-value that is told apart: a larger one is no finite number."""

DRAWS = 10_000
ENDS = 0.5
"""The weight of a pseudo-problem at each end of the range of a difference, so that no outcome is impossible."""


def evidence_against(arm: str, scores: Mapping[str, Sequence[float]]) -> float:
    """The e-value against "this arm is the best", in units of the starting wealth.

    Args:
        arm: which one.
        scores: of every arm of the race on its problems, in the same order, each between 0 and 1; an arm that was
            stopped has fewer, and the pairs with it end there.

    Raises:
        ValueError: a score is none, or the arm has nobody to race with.
    """
    others = [name for name in scores if name != arm]
    if arm not in scores or not others:
        raise ValueError(f"{arm} has nobody to race with among {sorted(scores)}")
    return float(np.mean([_pair(_scores(scores[arm]), _scores(scores[other])) for other in others]))


def stopped_at_look(
    running: Sequence[str], scores: Mapping[str, Sequence[float]], error: FractionOf1
) -> dict[str, float]:
    """The running arms of which it is shown that they are not the best, each with its e-value.

    The one with the highest mean score always goes on.
    """
    if len(running) < 2:
        return {}
    leader = leader_of(running, scores)
    found = {arm: evidence_against(arm, scores) for arm in running if arm != leader}
    return {arm: value for arm, value in found.items() if value >= 1.0 / error}


def leader_of(running: Sequence[str], scores: Mapping[str, Sequence[float]]) -> str:
    """The running arm with the highest mean score; the first of several."""
    return max(running, key=lambda arm: float(np.mean(scores[arm])) if len(scores[arm]) else 0.0)


def chance_of_winning(
    stopped: Sequence[float], winner: Sequence[float], problems: int, *, seed: int = 0
) -> FractionOf1:
    """The probability that a stopped arm would have had a higher mean score than the winner after all problems.

    Posterior predictive: the differences on the problems that are left are drawn from a Polya urn that holds those that
    were seen, and half a problem at each end of their range (the Bayesian bootstrap, Rubin 1981). With equal means, the
    winner wins.

    Args:
        stopped: the scores of the arm that was stopped, on the problems that it was measured on.
        winner: the scores of the winner, on these problems first.
        problems: how many there are.
        seed: of the draws.
    """
    first, second = _scores(stopped), _scores(winner)
    seen = min(len(first), len(second), problems)
    differences = first[:seen] - second[:seen]
    left, so_far = problems - seen, float(differences.sum())
    if left <= 0:
        return float(so_far > 0.0)
    random = np.random.default_rng(seed)
    values, counts = np.unique(np.concatenate([differences, [-1.0, 1.0]]), return_counts=True)
    weights = counts.astype(np.float64)
    weights[values == -1.0] -= 1.0 - ENDS
    weights[values == 1.0] -= 1.0 - ENDS
    shares = random.dirichlet(weights, DRAWS)
    drawn = random.multinomial(left, shares)
    return float(np.mean(so_far + drawn @ values > 1e-9))


def _pair(first: FloatArray, second: FloatArray) -> float:
    """The e-value against "the first is no worse than the second", over the problems that both were measured on."""
    seen = min(len(first), len(second))
    differences = first[:seen] - second[:seen]
    logs = np.log1p(-np.multiply.outer(np.array(BETS), differences)).sum(axis=1)
    return float(np.exp(min(log_mean_exp(logs), LARGEST)))


def _scores(values: Sequence[float]) -> FloatArray:
    scores = np.asarray(values, dtype=np.float64)
    if scores.size and (not np.isfinite(scores).all() or scores.min() < 0.0 or scores.max() > 1.0):
        raise ValueError("a score lies between 0 and 1")
    return scores
