"""The likelihood of given answers under a model at its own best temperature: what a cooler model alone does not change.

Let y be right answers that the base model p drew for a problem. A tuned model q solves it with probability

    sum over right y of q(y) >= p(right) x E[q(y) / p(y)] >= p(right) x exp(E[log q(y) - log p(y)]),

where E is over right answers as p draws them; the second step is Jensen's inequality. So the mean log-ratio on the base
model's own right answers is a lower bound on the logarithm of the factor by which pass@1 changes. It also rises where
a model only became cooler, which a setting of the sampler does as well. So both models are taken at the temperature
at which each finds these answers most likely: a tuned model that *is* the base model at another temperature gets 0.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from passgap.estimates.counts import FloatArray
from passgap.estimates.intervals import t_quantile
from passgap.estimates.measured import DEFAULT_LEVEL
from passgap.records import Estimate, Insufficient, Measured, Record

TEMPERATURES = tuple(round(0.4 * 1.2**step, 4) for step in range(11))
"""The temperatures at which likelihoods are computed, in equal steps of their logarithm: 0.4 to 2.48. Between them a
cubic is laid through the nearest four."""

FEWEST = 3
"""Problems below which no interval of a gain is given."""

METHOD = "t over problems, paired"


class TemperedGain(Record):
    """How much likelier a tuned model finds the base model's right answers, each model at its own best temperature."""

    gain: Measured
    """In nats per token, each problem counted once."""
    base_temperature: float
    """At which the base model finds them most likely."""
    temperature: float
    """At which the tuned model does. Below the base model's where it is less sure of its answers, and needs cooling
    more; above it where training has cooled it."""
    as_it_is: Measured
    """The same gain with both models at temperature 1, which a cooler model has as well."""


def tempered_logprobs(
    logits: npt.NDArray[np.floating], tokens: Sequence[int], temperatures: Sequence[float] = TEMPERATURES
) -> FloatArray:
    """The log-probability (nats) of a completion at each temperature, without truncation.

    Args:
        logits: at each of its positions, of shape (positions, vocabulary).
        tokens: that were drawn there.
        temperatures: all above 0.
    """
    total = np.zeros(len(temperatures))
    for row, token in zip(logits, tokens, strict=True):  # a row at a time: vocabularies are large
        shifted = row - row.max()
        for place, temperature in enumerate(temperatures):
            scaled = shifted / np.float32(temperature)
            total[place] += float(scaled[token]) - math.log(float(np.exp(scaled).sum(dtype=np.float64)))
    return total


def tempered_gain(
    base: Mapping[str, Sequence[float]],
    tuned: Mapping[str, Sequence[float]],
    *,
    m: int = 1,
    level: float = DEFAULT_LEVEL,
    temperatures: Sequence[float] = TEMPERATURES,
) -> TemperedGain:
    """Compare two models on the same answers.

    Args:
        base: by problem, the mean log-probability of a token at each of ``temperatures``.
        tuned: the same of the tuned model, on the same problems.
        m: answers of each problem.
        level: of the intervals.
        temperatures: in equal steps of their logarithm.

    Raises:
        ValueError: the problems differ.
    """
    base_temperature, before = best_temperature(base, temperatures)
    temperature, after = best_temperature(tuned, temperatures)
    unchanged = [_at(base[name], 1.0, temperatures) for name in base]
    changed = [_at(tuned[name], 1.0, temperatures) for name in base]
    return TemperedGain(
        gain=mean_difference(before, after, m=m, level=level),
        base_temperature=base_temperature,
        temperature=temperature,
        as_it_is=mean_difference(
            dict(zip(base, unchanged, strict=True)), dict(zip(base, changed, strict=True)), m=m, level=level
        ),
    )


def best_temperature(
    curves: Mapping[str, Sequence[float]], temperatures: Sequence[float] = TEMPERATURES
) -> tuple[float, dict[str, float]]:
    """The temperature of the highest mean over problems, and each problem's value there."""
    mean = np.mean([np.asarray(each) for each in curves.values()], axis=0)
    fine = np.linspace(0.0, 1.0, 401) * (math.log(temperatures[-1]) - math.log(temperatures[0])) + math.log(
        temperatures[0]
    )
    values = [_at(mean, math.exp(each), temperatures) for each in fine]
    best = math.exp(float(fine[int(np.argmax(values))]))
    return best, {name: _at(curve, best, temperatures) for name, curve in curves.items()}


def mean_difference(
    before: Mapping[str, float], after: Mapping[str, float], *, m: int = 1, level: float = DEFAULT_LEVEL
) -> Measured:
    """The mean of ``after`` minus ``before`` over problems, in nats per token, with Student's t.

    Raises:
        ValueError: the problems differ.
    """
    if before.keys() != after.keys():
        raise ValueError(f"two models were measured on different problems: {sorted(before.keys() ^ after.keys())}")
    differences = np.array([after[name] - before[name] for name in sorted(before)])
    if len(differences) < FEWEST:
        return Insufficient(
            insufficient=f"fewer than {FEWEST} problems have an answer to measure", n=len(differences), m=m
        )
    value, half = float(differences.mean()), t_quantile(level, len(differences) - 1) * standard_error(differences)
    return Estimate(
        value=value,
        low=value - half,
        high=value + half,
        level=level,
        n=len(differences),
        m=m,
        method=METHOD,
        unit="nats",
    )


def standard_error(values: Sequence[float] | FloatArray) -> float:
    """The standard error of a mean."""
    array = np.asarray(values, dtype=np.float64)
    return float(array.std(ddof=1)) / math.sqrt(len(array))


def _at(curve: Sequence[float] | FloatArray, temperature: float, temperatures: Sequence[float]) -> float:
    """A curve over the logarithm of the temperature, by the cubic through the four nearest points (Lagrange)."""
    logs = np.log(np.asarray(temperatures))
    place = int(np.clip(np.searchsorted(logs, math.log(temperature)) - 2, 0, len(logs) - 4))
    nearest = slice(place, place + 4)
    x, at = logs[nearest], math.log(temperature)
    weights = [np.prod([(at - x[j]) / (x[i] - x[j]) for j in range(4) if j != i]) for i in range(4)]
    return float(np.dot(weights, np.asarray(curve)[nearest]))
