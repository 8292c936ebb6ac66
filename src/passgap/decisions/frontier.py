"""Whether an arm is more than the base model at another temperature: the tested statement on two decoding frontiers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

import numpy as np

from passgap.decisions.decoding import highest_mean
from passgap.decisions.wording import listed
from passgap.estimates.counts import FloatArray
from passgap.estimates.frontier import (
    FEWEST,
    SweptPoint,
    draw_curves,
    draw_weights,
    estimate_distance,
)
from passgap.estimates.sweeps import DecodingScores, Sweep, comparable_problems
from passgap.formatting import points as in_points
from passgap.formatting import share, stated, stated_sizes
from passgap.records import Decoding, Estimate, Insufficient, Measured, Record
from passgap.records.units import Difference, FractionOf1
from passgap.spec.frontier import Matching


class Standing(StrEnum):
    """How an arm's decoding frontier stands to the base model's."""

    MORE = "more than a cooler model"
    """Its frontier lies above: at the same pass@k (or diversity) it solves more than the base model at any decoding."""
    COOLER = "a cooler model"
    """Its frontier lies above by less than the margin, or not at all: the base model at another decoding does as
    well."""
    UNRESOLVED = "unresolved"
    """The interval holds both 0 and a distance that would matter."""


class FrontierRow(Record):
    """One model at one decoding, on the development problems."""

    decoding: str
    temperature: float
    top_k: int
    top_p: float
    pass_at_1: Measured
    pass_at_k: Measured
    diversity: Measured
    """1 - Self-BLEU."""
    nats: Measured | None = None
    """Mean negative log-probability of a drawn token under the model at temperature 1, where the engine keeps it."""
    above_base: Measured | None = None
    """pass@1 above the base model's frontier at the same value of what is matched, at this decoding alone; None for the
    base model."""


class ModelFrontier(Record):
    """A model at every decoding of the sweep."""

    arm: str
    caption: str
    rows: tuple[FrontierRow, ...]
    best: str
    """The decoding with the highest pass@1; of equal ones, production decoding."""


class FrontierJudgement(Record):
    """The statement on one arm."""

    arm: str
    standing: Standing
    matched: Matching
    distance: Measured
    """The mean rise of pass@1 over the base model's frontier, over the range that both reach."""
    other_distance: Measured
    """The same, matched at the other quantity: for the record, not decided on."""
    temperature: Measured
    """At which the base model has the diversity that the arm has at production decoding."""
    widest: tuple[Measured, Measured]
    """The largest pass@k of base model and arm at any decoding."""
    summary: str = ""


def standing_of(distance: Measured, margin: Difference) -> Standing:
    """Decide on a distance: above 0, below the margin, or neither is shown."""
    if isinstance(distance, Insufficient):
        return Standing.UNRESOLVED
    if distance.low > 0.0:
        return Standing.MORE
    return Standing.COOLER if distance.high < margin else Standing.UNRESOLVED


class Comparison:
    """The frontiers of a base model and its arms, all on the same problems."""

    def __init__(
        self,
        base: Sweep,
        arms: Mapping[str, Sweep],
        ids: Sequence[str],
        *,
        k: int,
        matched: Matching,
        margin: Difference,
        production: Decoding,
        level: FractionOf1,
    ) -> None:
        """Hold what is compared.

        Args:
            base: the base model at every decoding.
            arms: each arm at the same decodings.
            ids: the problems, each with ``k`` scored samples everywhere.
            k: of pass@k.
            matched: what the statement is matched at.
            margin: the least distance that would matter.
            production: the decoding at which models serve.
            level: of the intervals.
        """
        self._base, self._arms, self._k, self._level = base, arms, k, level
        self._matched, self._margin, self._production = matched, margin, production
        self._ids: dict[Matching, tuple[str, ...]] = {
            Matching.COVERAGE: tuple(sorted(ids)),
            Matching.DIVERSITY: comparable_problems([base, *arms.values()], ids),
        }

    def _wide(self, scores: DecodingScores, matching: Matching) -> FloatArray:
        ids = self._ids[matching]
        return scores.passes(ids, self._k) if matching is Matching.COVERAGE else scores.spread(ids)

    def _points(self, sweep: Sweep, matching: Matching) -> list[SweptPoint]:
        return [each.point(self._ids[matching], self._wide(each, matching)) for each in sweep]

    def _samples(self) -> int:
        warm = [each.counts.m for each in self._base if not each.decoding.greedy]
        return max(1, min(warm, default=1))

    def frontier(self, arm: str, caption: str, sweep: Sweep) -> ModelFrontier:
        """Every decoding of one model with its intervals."""
        above = self._above(sweep) if arm in self._arms else [None] * len(sweep)
        return ModelFrontier(
            arm=arm,
            caption=caption,
            rows=tuple(self._row(each, distance) for each, distance in zip(sweep, above, strict=True)),
            best=best_decoding(sweep, self._ids[Matching.COVERAGE], self._production.label),
        )

    def _row(self, scores: DecodingScores, above: Measured | None) -> FrontierRow:
        ids, decoding = self._ids[Matching.COVERAGE], scores.decoding
        return FrontierRow(
            decoding=decoding.label,
            temperature=0.0 if decoding.greedy else decoding.temperature,
            top_k=decoding.top_k,
            top_p=decoding.top_p,
            pass_at_1=scores.mean(scores.single(ids), self._level),
            pass_at_k=scores.mean(scores.passes(ids, self._k), self._level),
            diversity=scores.mean(scores.spread(self._ids[Matching.DIVERSITY]), self._level),
            nats=scores.nats,
            above_base=above,
        )

    def _above(self, sweep: Sweep) -> list[Measured | None]:
        """At each decoding alone: a single point has a frontier of its own."""
        base = self._points(self._base, self._matched)
        return [
            estimate_distance([each], base, m=self._samples(), level=self._level)
            for each in self._points(sweep, self._matched)
        ]

    def judge(self, arm: str) -> FrontierJudgement:
        """Say of one arm whether it is more than the base model at another temperature."""
        sweep = self._arms[arm]
        distances = {
            matching: estimate_distance(
                self._points(sweep, matching),
                self._points(self._base, matching),
                m=self._samples(),
                level=self._level,
            )
            for matching in Matching
        }
        [other] = [each for each in Matching if each is not self._matched]
        found = FrontierJudgement(
            arm=arm,
            standing=standing_of(distances[self._matched], self._margin),
            matched=self._matched,
            distance=distances[self._matched],
            other_distance=distances[other],
            temperature=self.matched_temperature(arm),
            widest=(self._widest(self._base), self._widest(sweep)),
        )
        return found.model_copy(update={"summary": _summary(found, self._k, self._margin, self._production)})

    def _widest(self, sweep: Sweep) -> Measured:
        ids = self._ids[Matching.COVERAGE]
        scores = [each.passes(ids, self._k) for each in sweep]
        best = max(range(len(scores)), key=lambda number: float(scores[number].sum()))
        return sweep[best].mean(scores[best], self._level)

    def matched_temperature(self, arm: str) -> Measured:
        """The base model's temperature, at production's truncation, with the arm's diversity at production decoding."""
        ids, m = self._ids[Matching.DIVERSITY], self._samples()
        n, production = len(ids), self._production
        if n < FEWEST:
            return Insufficient(insufficient=f"diversity is matched on {FEWEST} problems or more", n=n, m=m)
        truncation = (production.top_k, production.top_p)
        base = [
            each for each in self._points(self._base, Matching.DIVERSITY) if each.truncation in (truncation, GREEDY)
        ]
        [served] = [each for each in self._arms[arm] if each.decoding.label == production.label]
        weights = draw_weights(n)
        drawn = draw_curves(base, weights).coldest(weights @ served.spread(ids))
        if not np.isfinite(drawn[0]) or np.isnan(drawn).mean() > 0.5:
            return Insufficient(insufficient="it is more diverse than the base model at any temperature", n=n, m=m)
        tail = (1.0 - self._level) / 2.0
        low, high = np.nanquantile(drawn[1:], [tail, 1.0 - tail])
        value = float(drawn[0])
        return Estimate(
            value=value,
            low=min(value, float(low)),
            high=max(value, float(high)),
            level=self._level,
            n=n,
            m=m,
            method="bootstrap over problems, the curve drawn anew",
            unit="ratio",
        )


GREEDY = (0, 1.0)
"""The truncation of greedy decoding, which has none."""


def best_decoding(sweep: Sweep, ids: Sequence[str], production: str) -> str:
    """The decoding with the highest pass@1 (:func:`.decoding.highest_mean`)."""
    means = {each.decoding.label: float(each.single(ids).mean()) if len(ids) else 0.0 for each in sweep}
    return highest_mean(means, production)


def _summary(found: FrontierJudgement, k: int, margin: Difference, production: Decoding) -> str:
    at = f"pass@{k}" if found.matched is Matching.COVERAGE else "diversity"
    if isinstance(found.distance, Insufficient):
        return f"Unresolved, since the distance of the frontiers could not be measured: {found.distance.insufficient}."
    distance = f"{stated(found.distance)} ({stated_sizes(found.distance)})"
    said = {
        Standing.MORE: f"More than a cooler model: at the same {at}, its pass@1 lies above the base model's best by",
        Standing.COOLER: (
            f"A cooler model: at the same {at}, a rise of pass@1 over the base model's best of {in_points(margin)} is "
            f"excluded; it is"
        ),
        Standing.UNRESOLVED: (
            f"Unresolved: at the same {at}, neither 0 nor a rise of pass@1 over the base model's best of "
            f"{in_points(margin)} is excluded; it is"
        ),
    }[found.standing]
    return " ".join((f"{said} {distance}.", _temperature(found, production)))


def _temperature(found: FrontierJudgement, production: Decoding) -> str:
    if isinstance(found.temperature, Insufficient):
        return f"At production decoding, no temperature of the base model matches it: {found.temperature.insufficient}."
    value = f"{found.temperature.value:.2f} [{found.temperature.low:.2f}, {found.temperature.high:.2f}]"
    return (
        f"At production decoding (temperature {production.temperature:g}) its samples are as diverse as the base "
        f"model's at temperature {value}."
    )


def error_rate(level: FractionOf1, arms: Sequence[str]) -> str:
    """The statements' error rate, in words."""
    rate = share(round((1.0 - level) / 2.0, 6))
    several = f" For each of {listed(list(arms))}, not for all together." if len(arms) > 1 else ""
    return (
        f"An arm that is the base model at another temperature is called more than that in at most {rate} of studies, "
        f"and an arm at the margin or above it a cooler model in as many.{several}"
    )


__all__ = [
    "Comparison",
    "FrontierJudgement",
    "FrontierRow",
    "ModelFrontier",
    "Standing",
    "best_decoding",
    "error_rate",
    "standing_of",
]
