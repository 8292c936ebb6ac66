"""The association of correctness with likelihood within a problem: would sharpening help?

Raise the probability of every sequence by a power of its likelihood: draw y with a probability proportional to
q(y) exp(t s(y)), where q is the distribution that the samples are from and s(y) a score of the sequence, here its
log-probability. Then, for every model and every t,

    d/dt E_t[correct] = Cov_t(correct, s),

because d/dt log Z = E_t[s]. At t = 0 that is the covariance under q itself, so the plain samples estimate it without
bias. With s = log p and q = p, 1 + t is the inverse temperature of whole sequences (power sampling, arXiv 2605.04542;
for any exponential family it is the textbook identity). Problems whose samples all pass or all fail have covariance 0.

The average over problems is the change of pass@1 per unit of t, and its interval is over problems.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from passgap.estimates.counts import FloatArray
from passgap.estimates.intervals import paired_interval_bounds
from passgap.estimates.measured import DEFAULT_LEVEL, difference_interval, mean_estimate, mean_interval, with_warning
from passgap.records import Insufficient, Measured

ScoredProblem = tuple[Sequence[bool], Sequence[float]]
"""Of the samples of one problem: whether each passed, and its score."""

FEW_CONTESTED = 10
"""Problems with passes and failures below which an association is shown with a warning."""


def covariance(passed: Sequence[bool], scores: Sequence[float]) -> float:
    """The unbiased covariance of correctness and score among the samples of a problem; at least two samples.

    Raises:
        ValueError: there are fewer, or the lengths differ.
    """
    if len(passed) != len(scores) or len(passed) < 2:
        raise ValueError(f"{len(passed)} outcomes and {len(scores)} scores have no covariance")
    right, found = np.asarray(passed, dtype=np.float64), np.asarray(scores, dtype=np.float64)
    return float(((right - right.mean()) * (found - found.mean())).sum() / (len(right) - 1))


def sharpening_effect(problems: Sequence[ScoredProblem], step: float, *, level: float = DEFAULT_LEVEL) -> Measured:
    """The change of pass@1, to first order, if the inverse temperature of whole sequences rises by ``step``.

    Args:
        problems: every problem that was measured, uncontested ones too: they have no effect, and are counted.
        step: the rise; of the exponent of ``exp(score)``, whatever the score is.
        level: of the interval, which is over problems.
    """
    measurable = [each for each in problems if len(each[0]) >= 2]
    if not measurable:
        return Insufficient(insufficient="no problem has two scored samples", n=0, m=0)
    values = np.array([step * covariance(*each) for each in measurable])
    m = min(len(each[0]) for each in measurable)
    bound = float(np.abs(values).max())
    if bound == 0.0:
        return Insufficient(insufficient="no problem has both passes and failures", n=len(values), m=m)
    # A covariance has no bound of its own, so the largest that was seen stands for one.
    interval = paired_interval_bounds(values, bound, level)
    found = mean_estimate(values, interval, m, level, "difference", unscored=0, warning="")
    return _warned(found, len(_contested(measurable)))


def within_problem_auc(problems: Sequence[ScoredProblem], *, level: float = DEFAULT_LEVEL) -> Measured:
    """The probability that of a right and a wrong sample of one problem the right one has the higher score.

    Averaged over contested problems, ties counting half: 0.5 is no association (Mann and Whitney 1947).
    """
    contested = _contested(problems)
    if not contested:
        return Insufficient(insufficient="no problem has both passes and failures", n=0, m=0)
    m = min(len(passed) for passed, _ in contested)
    return _warned(mean_interval([_auc(*each) for each in contested], m=m, level=level), len(contested))


def likeliest_effect(problems: Sequence[ScoredProblem], *, level: float = DEFAULT_LEVEL) -> Measured:
    """pass@1 if each problem were answered by the likeliest of its samples, minus pass@1 now.

    It is what sharpening gives at its end, among the samples that were drawn, and what a best-of-m by likelihood gives.
    """
    measurable = [each for each in problems if len(each[0])]
    if not measurable:
        return Insufficient(insufficient="no problem was measured", n=0, m=0)
    values = [_likeliest(*each) - float(np.mean(each[0])) for each in measurable]
    m = min(len(passed) for passed, _ in measurable)
    return _warned(difference_interval(values, m=m, level=level), len(_contested(measurable)))


def _likeliest(passed: Sequence[bool], scores: Sequence[float]) -> float:
    """The share of passes among the samples with the highest score."""
    found = np.asarray(scores, dtype=np.float64)
    return float(np.asarray(passed, dtype=np.float64)[found == found.max()].mean())


def _auc(passed: Sequence[bool], scores: Sequence[float]) -> float:
    right = np.asarray(passed, dtype=np.bool_)
    ranks = _ranks(np.asarray(scores, dtype=np.float64))
    ones = int(right.sum())
    return float((ranks[right].sum() - ones * (ones + 1) / 2) / (ones * (len(right) - ones)))


def _ranks(values: FloatArray) -> FloatArray:
    """The ranks of values, counted from 1; equal ones share the mean of theirs.

    SciPy's ``rankdata`` does the same, and to import it takes longer than all else that most commands import.
    """
    _, of_each, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[of_each]


def _contested(problems: Sequence[ScoredProblem]) -> list[ScoredProblem]:
    return [each for each in problems if 0 < sum(each[0]) < len(each[0])]


def _warned(found: Measured, contested: int) -> Measured:
    few = f"only {contested} problems have both passes and failures" if contested < FEW_CONTESTED else ""
    return with_warning(found, few)
