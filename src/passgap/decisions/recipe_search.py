"""Which recipes of a search go on, which are dropped and why, and which one is chosen.

The score of a recipe is its gain: how much likelier the tuned model finds the base model's own right answers, each
model at its own best temperature (:mod:`passgap.estimates.tempered`). A recipe whose whole interval lies beyond a
tolerance, of the battery, of the divergence or of pass@1, is out, whatever its gain.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any

from pydantic import Field, JsonValue, SerializerFunctionWrapHandler, model_serializer

from passgap.estimates.tempered import TemperedGain, standard_error
from passgap.formatting import inline
from passgap.probes import BatteryOutcome, ProbeOutcome, ProbeStatus, Rule
from passgap.records import Estimate, Measured, Record
from passgap.records.units import DeviceHours


class Fate(StrEnum):
    """The fate of a recipe at a rung."""

    GOES_ON = "goes on"
    CHOSEN = "chosen"
    OUTRANKED = "outranked"
    """Others have a higher gain, or as high a one with less divergence."""
    TOLERANCE = "breaks a tolerance"
    """The whole interval of a probe's drift lies beyond its tolerance."""
    DIVERGENCE = "too far from the base model"
    """The whole interval of KL(base || tuned) lies above the largest that is declared."""
    WORSE = "worse"
    """The whole interval of the change of pass@1 lies below 0."""
    FAILED = "failed"
    """Its fine-tune failed."""
    BUDGET = "no budget"
    """Nothing was left for the next rung."""


class Trial(Record):
    """One recipe at one rung, measured on development problems."""

    recipe: int
    """Its number, from 1."""
    rung: int
    """The rung's number, from 1."""
    updates: int = 0
    """Of its fine-tune so far."""
    gain: TemperedGain | None = None
    """None where its fine-tune failed."""
    scores: dict[str, float] = Field(default_factory=dict)
    """The gain of each problem, in nats per token."""
    divergence: Measured | None = None
    """KL(base || tuned) in nats per token, on the base model's own samples."""
    pass_at_1: Measured | None = None
    """The change of pass@1 at production decoding, paired by problem."""
    battery: BatteryOutcome | None = None
    failure: str = ""
    """Why its fine-tune failed; empty where it did not."""


class JudgedTrial(Record):
    """A trial, and what becomes of its recipe."""

    trial: Trial
    fate: Fate
    why: str
    rank: int | None = None
    """By gain among those that keep all tolerances, from 1."""


class TriedRecipe(Record):
    """A recipe of a search."""

    number: int
    label: str
    settings: dict[str, JsonValue]


class JudgedRung(Record):
    """A rung: how far it went, and what became of each recipe."""

    number: int
    dose: float
    """The share of a recipe's updates, as a fraction of 1."""
    problems: int
    samples: int
    trials: tuple[JudgedTrial, ...]


class SearchOutcome(Record):
    """A finished search."""

    arm: str
    recipes: tuple[TriedRecipe, ...]
    cut: tuple[TriedRecipe, ...] = ()
    """Recipes that were not begun: the budget was too small."""
    rungs: tuple[JudgedRung, ...]
    chosen: int | None
    """The number of the recipe that was chosen; None where none keeps the tolerances."""
    why: str
    ended_early: bool = False
    """Whether the budget ended the search before its last rung."""
    text_problems: int
    """Development problems with a right sample of the base model, on which the gain is taken."""
    hours: DeviceHours = 0.0
    """That the search took."""
    money: float = 0.0

    @property
    def winner(self) -> TriedRecipe | None:
        """The recipe that was chosen."""
        return next((each for each in self.recipes if each.number == self.chosen), None)

    @property
    def winning(self) -> Trial | None:
        """The winner's last trial. It was chosen for its figures, which are optimistic therefore."""
        found = [each.trial for rung in self.rungs for each in rung.trials if each.trial.recipe == self.chosen]
        return found[-1] if found else None

    @model_serializer(mode="wrap")
    def _without_nothing(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        written: dict[str, Any] = dump(self)
        for name in ("cut", "ended_early"):
            if not getattr(self, name):
                written.pop(name, None)
        return written


class SearchLimits(Record):
    """The declared limits of a search."""

    largest_kl: float
    """Nats per token."""
    ties: float
    """Standard errors of the paired difference of two gains."""


def judge_rung(trials: Sequence[Trial], limits: SearchLimits, places: int | None) -> tuple[JudgedTrial, ...]:
    """Judge the recipes of a rung: those that break a tolerance are out, the others are ranked by their gain.

    Args:
        trials: of the rung.
        limits: as declared.
        places: how many recipes the next rung has place for; None at the last one, where one recipe is chosen.
    """
    out = {each.recipe: found for each in trials if (found := _excluded(each, limits)) is not None}
    kept = sorted((each for each in trials if each.recipe not in out), key=lambda each: -_value(each))
    ranks = {each.recipe: rank for rank, each in enumerate(kept, start=1)}
    chosen, reason = (None, "") if places is not None else _choose(kept, limits)

    def judged(each: Trial) -> JudgedTrial:
        if each.recipe in out:
            fate, why = out[each.recipe]
            return JudgedTrial(trial=each, fate=fate, why=why)
        rank = ranks[each.recipe]
        if places is None:
            if chosen is not None and each.recipe == chosen.recipe:
                return JudgedTrial(trial=each, fate=Fate.CHOSEN, why=reason, rank=rank)
            return JudgedTrial(trial=each, fate=Fate.OUTRANKED, why=_lost_to(chosen, each, limits), rank=rank)
        goes_on = rank <= places
        why = f"rank {rank} of {len(kept)} by gain, {places} {'goes' if places == 1 else 'go'} on"
        return JudgedTrial(trial=each, fate=Fate.GOES_ON if goes_on else Fate.OUTRANKED, why=why, rank=rank)

    return tuple(map(judged, trials))


def choose_now(rung: Sequence[JudgedTrial], limits: SearchLimits) -> tuple[JudgedTrial, ...]:
    """Choose one of a rung's recipes that would go on, where nothing is left for the next rung."""
    left = [each.trial for each in rung if each.fate is Fate.GOES_ON]
    again = {each.trial.recipe: each for each in judge_rung(left, limits, None)}
    return tuple(again.get(each.trial.recipe, each) for each in rung)


def said_of_outcome(rungs: Sequence[Sequence[JudgedTrial]], chosen: int | None, *, ended_early: bool) -> str:
    """How a search ended, in a sentence or two."""
    early = " The budget ended the search before its last rung." if ended_early else ""
    if chosen is None:
        return f"No recipe keeps the tolerances on the development problems, so none is chosen.{early}"
    [won] = [each for each in rungs[-1] if each.trial.recipe == chosen]
    gain = won.trial.gain.gain if won.trial.gain is not None else None
    told = ""
    if isinstance(gain, Estimate) and gain.high < 0.0:
        told = " Its gain is below 0: the base model at another temperature finds its right answers likelier."
    elif isinstance(gain, Estimate) and gain.low <= 0.0:
        told = " Its gain cannot be told from 0: it may be no more than the base model at another temperature."
    return f"Recipe {chosen} is chosen: {won.why}.{told}{early}"


def broken(outcome: ProbeOutcome) -> bool:
    """Whether a drift with its whole interval lies beyond the tolerance: a proof, where an alert may be noise."""
    drift = outcome.drift
    if outcome.status is not ProbeStatus.ALERT or not isinstance(drift, Estimate):
        return False
    centre = 1.0 if drift.unit == "ratio" else 0.0
    above = outcome.rule is not Rule.FALL and drift.low > centre + outcome.tolerance
    below = outcome.rule is not Rule.RISE and drift.high < centre - outcome.tolerance
    return above or below


def _excluded(each: Trial, limits: SearchLimits) -> tuple[Fate, str] | None:
    if each.failure:
        return Fate.FAILED, each.failure
    broke = [outcome for outcome in (each.battery.outcomes if each.battery else ()) if broken(outcome)]
    if broke:
        told = "; ".join(
            f"{outcome.probe} {inline(outcome.drift)}, tolerance {outcome.tolerance:g}" for outcome in broke
        )
        return Fate.TOLERANCE, told
    apart = each.divergence
    if isinstance(apart, Estimate) and apart.low > limits.largest_kl:
        return Fate.DIVERGENCE, f"{inline(apart)}, at most {limits.largest_kl:g}"
    lift = each.pass_at_1
    if isinstance(lift, Estimate) and lift.high < 0.0:
        return Fate.WORSE, f"pass@1 {inline(lift)}"
    return None


def _choose(kept: Sequence[Trial], limits: SearchLimits) -> tuple[Trial | None, str]:
    """The recipe that moved least from the base model, of those whose gain cannot be told from the highest one.

    Recipes without an alert of the battery come first: an alert whose interval reaches into the tolerance excludes
    nothing, and a study that would raise it again is no good choice.
    """
    quiet = [each for each in kept if not _alerts(each)]
    among = quiet or list(kept)
    if not among:
        return None, ""
    best = among[0]
    tied = [each for each in among if each is best or _as_good(each, best, limits.ties)]
    chosen = min(tied, key=lambda each: (_apart(each), -_value(each)))
    noise = "" if quiet else "; every recipe raises an alert of the battery that its interval leaves open"
    if chosen is best:
        return best, f"the highest gain{' without an alert' if quiet and len(quiet) < len(kept) else ''}{noise}"
    return chosen, (
        f"its gain is within {limits.ties:g} standard errors of that of recipe {best.recipe}, the highest, and it "
        f"moved less from the base model{noise}"
    )


def _lost_to(chosen: Trial | None, each: Trial, limits: SearchLimits) -> str:
    if chosen is None:
        return "none was chosen"
    if _alerts(each) and not _alerts(chosen):
        return f"raises an alert of the battery ({', '.join(_alerts(each))})"
    if _value(each) > _value(chosen) or _as_good(each, chosen, limits.ties):
        return (
            f"no better than recipe {chosen.recipe} by {limits.ties:g} standard errors, and further from the base model"
        )
    return f"a lower gain than recipe {chosen.recipe}"


def _as_good(each: Trial, best: Trial, ties: float) -> bool:
    """Whether a gain is within so many standard errors, of the difference paired by problem, of another one."""
    common = sorted(each.scores.keys() & best.scores.keys())
    if len(common) < 2:
        return False
    differences = [best.scores[name] - each.scores[name] for name in common]
    return math.fsum(differences) / len(differences) <= ties * standard_error(differences)


def _alerts(each: Trial) -> tuple[str, ...]:
    return tuple(outcome.probe for outcome in each.battery.alerts) if each.battery else ()


def _apart(each: Trial) -> float:
    return each.divergence.value if isinstance(each.divergence, Estimate) else math.inf


def _value(each: Trial) -> float:
    gain = None if each.gain is None else each.gain.gain
    return gain.value if isinstance(gain, Estimate) else -math.inf


def survivors(rung: Sequence[JudgedTrial]) -> tuple[int, ...]:
    """The numbers of the recipes that go on, the highest gain first."""
    left = [each for each in rung if each.fate is Fate.GOES_ON]
    return tuple(each.trial.recipe for each in sorted(left, key=lambda each: each.rank or 0))


def without_budget(rung: Sequence[JudgedTrial], recipes: Mapping[int, str]) -> tuple[JudgedTrial, ...]:
    """The same rung, with recipes that would go on and for which nothing is left.

    Args:
        rung: as it was judged.
        recipes: what to say of each of them, by its number.
    """
    return tuple(_dropped(rung, recipes))


def _dropped(rung: Sequence[JudgedTrial], recipes: Mapping[int, str]) -> Iterator[JudgedTrial]:
    for each in rung:
        why = recipes.get(each.trial.recipe)
        yield each if why is None else each.model_copy(update={"fate": Fate.BUDGET, "why": why})
