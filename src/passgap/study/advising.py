"""The recommended next move of a study, from its verdict, what diagnostics foretold, and the forecast prices."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from pydantic import BaseModel

from passgap.arms import ARMS
from passgap.arms.decode_only import ARM as DECODE_ONLY
from passgap.arms.self_training import SelfTrainingSection
from passgap.decisions import Verdict
from passgap.decisions.advice import Advice, AdvisedMove, advise, expected_lift, priced
from passgap.moves import Move
from passgap.recipes import training_config
from passgap.records import Insufficient, Measured
from passgap.records.yields import YieldForecast
from passgap.study.context import StudyContext
from passgap.study.predicting import Predictions, foretold_before_the_verdict, recorded_predictions

SETTINGS = {
    "sampling": ("temperature", "top_k", "top_p", "per_prompt"),
    "training": ("method", "lora_rank", "learning_rate", "epochs", "batch_size"),
}
"""The settings of an arm's section that tell a recipe, by block."""


def advice_of(
    context: StudyContext, verdict: Verdict, forecasts: Iterable[YieldForecast], decode_lift: Measured | None
) -> Advice | None:
    """The recommended next moves; None in a study whose verdict was given before there were predictions."""
    if not foretold_before_the_verdict(context):
        return None
    prices = {each.arm: each for each in forecasts}
    said = recorded_predictions(context)
    return advise(verdict, (_advised(context, each, prices, said, decode_lift) for each in verdict.moves))


def _advised(
    context: StudyContext,
    move: Move,
    prices: Mapping[str, YieldForecast],
    said: Predictions,
    decode_lift: Measured | None,
) -> AdvisedMove:
    arm = move.arm
    if move is Move.DO_NOTHING:
        lift: Measured = Insufficient(insufficient="nothing is changed", n=0, m=0)
        rests = ""
    elif arm == DECODE_ONLY.name:
        lift = decode_lift or Insufficient(insufficient="no sweep was measured", n=0, m=0)
        rests = "the sweep, on problems that the decoding was not chosen on"
    else:
        lift, rests = expected_lift(said.get(arm, ()))
    return priced(AdvisedMove(arm=arm, recipe=recipe_of(context, arm), lift=lift, rests_on=rests), prices.get(arm))


def recipe_of(context: StudyContext, arm: str) -> str:
    """The settings of an arm in words: as declared, as a search chose them, or at their defaults."""
    if arm not in ARMS:
        return ""
    section = context.spec.arms.get(arm)
    if section is None:
        return "not declared in this study"
    return "; ".join(_settings(section))


def _settings(section: BaseModel) -> Iterator[str]:
    for block, names in SETTINGS.items():
        found = getattr(section, block, None)
        if block == "training" and isinstance(section, SelfTrainingSection):
            found = training_config(section.training)  # with its rate where none is declared; other arms have their own
        told = [
            f"{name.replace('_', '-')} {value:g}" if isinstance(value, float) else f"{name.replace('_', '-')} {value}"
            for name in names
            if (value := getattr(found, name, None)) is not None
            and not (name == "lora_rank" and getattr(found, "method", None) != "lora")
        ]
        if told:
            yield f"{block}: {', '.join(told)}"
