"""Records the diagnostics' predictions for each arm before it is registered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pydantic import JsonValue

from passgap.arms import ARMS, Origin, arm_of
from passgap.arms.ssd import ARM as SSD
from passgap.decisions.classify import deciding_k
from passgap.decisions.starving import Supply, supply_of
from passgap.languages import LANGUAGES
from passgap.predictors import (
    PREDICTORS,
    Foretold,
    Known,
    Learner,
    Prediction,
    TrackCount,
    counts_of,
    predictions_for,
    weigh,
)
from passgap.records import Measured
from passgap.records.yields import YieldForecast
from passgap.stages.evaluation import Evaluation, program_of
from passgap.store import LedgerEntry
from passgap.study.base_verdict import modes_of
from passgap.study.context import PREDICTION, VERDICT, StudyContext
from passgap.study.interim_analysis import BaseEvaluation, verdict_level, verdict_thresholds
from passgap.study.likelihoods import own_likelihoods
from passgap.study.recorded_forecasts import has_begun
from passgap.study.track_record import TrackRecord, predictions_in, track_record
from passgap.tasks.splits import Splits

Predictions = dict[str, tuple[Prediction, ...]]
"""By arm."""


def predict_arms(
    context: StudyContext,
    measured: BaseEvaluation,
    decode_lift: Measured | None,
    names: Iterable[str],
    forecasts: Mapping[str, YieldForecast],
) -> Predictions:
    """Put into the ledger what the diagnostics say of each arm that has not begun, and return what is recorded.

    What is computed after an arm began foretells nothing, so such an arm keeps what was recorded, or has nothing.

    Args:
        context: the study; nothing is measured of one that is only read.
        measured: the base model.
        decode_lift: of the decode-only control; None where none was measured.
        names: the arms that will be run.
        forecasts: of their yields.
    """
    recorded = recorded_predictions(context)
    if context.read_only:
        return recorded
    new = [name for name in names if name not in recorded and not has_begun(context, name)]
    learners = {name: learner_of(context, name, forecasts.get(name)) for name in new}
    asked = {name: each for name, each in learners.items() if each.own or each.starved}
    if not asked:
        return recorded
    known = known_of(context, measured, decode_lift)
    for name, learner in asked.items():
        said = predictions_for(PREDICTORS, known, learner)
        _record_predictions(context, name, said)
        recorded[name] = said
    return recorded


def foretell_minimal(context: StudyContext, measured: BaseEvaluation, decode_lift: Measured | None) -> Foretold | None:
    """The predictions for minimal SSD, for the verdict; on record before the first verdict, or not at all.

    The weights are those of the track record that the study declares, as it was then; without one, those of the prior.

    Raises:
        StudyError: the studies of the declared track record are not there.
        StoreError: one of their ledgers was altered.
    """
    entry = _entry_of(context, SSD.name)
    verdicts = context.folder.ledger.of_kind(VERDICT)
    if entry is None and not (verdicts or context.read_only or has_begun(context, SSD.name)):
        ledgers = _declared_record(context)
        learner = learner_of(context, SSD.name, None)
        said = predictions_for(PREDICTORS, known_of(context, measured, decode_lift), learner)
        entry = _record_predictions(context, SSD.name, said, ledgers)
    if entry is None or (verdicts and verdicts[0].sequence < entry.sequence):
        return None
    record = entry.payload.get("record") if isinstance(entry.payload, dict) else None
    counted = record if isinstance(record, dict) else {}
    counts = {name: TrackCount.model_validate(each) for name, each in counted.items()}
    heard = [name for name, each in PREDICTORS.items() if not each.read_by_verdict]
    return weigh(SSD.name, recorded_predictions(context)[SSD.name], counts, heard)


def foretold_before_the_verdict(context: StudyContext) -> bool:
    """Whether the predictions on minimal SSD are on record before the first verdict."""
    entry, verdicts = _entry_of(context, SSD.name), context.folder.ledger.of_kind(VERDICT)
    return entry is not None and bool(verdicts) and entry.sequence < verdicts[0].sequence


def _declared_record(context: StudyContext) -> TrackRecord | None:
    declared = context.spec.diagnostics.track_record
    return track_record(*(context.folder.path / each for each in declared)) if declared else None


def _record_predictions(
    context: StudyContext, arm: str, said: Sequence[Prediction], ledgers: TrackRecord | None = None
) -> LedgerEntry:
    written: list[JsonValue] = [each.model_dump(mode="json") for each in said]
    payload: dict[str, JsonValue] = {"arm": arm, "predictions": written}
    if ledgers is not None:
        counts = counts_of(ledgers.standings)
        payload["record"] = {name: each.model_dump(mode="json") for name, each in counts.items()}
        payload["ledgers"] = [each.head for each in ledgers.studies]
    return context.record(PREDICTION, payload)


def _entry_of(context: StudyContext, arm: str) -> LedgerEntry | None:
    found = predictions_in(context.folder.ledger.of_kind(PREDICTION)).get(arm)
    return found[0] if found is not None else None


def recorded_predictions(context: StudyContext) -> Predictions:
    """The predictions in the ledger by arm; an arm's first entry counts."""
    found = predictions_in(context.folder.ledger.of_kind(PREDICTION))
    return {arm: said for arm, (_, said) in found.items()}


def learner_of(context: StudyContext, name: str, forecast: YieldForecast | None) -> Learner:
    """An arm as the diagnostics see it."""
    arm = arm_of(name)
    section = context.spec.arms.get(name)
    origin = arm.origin_of(section) if section is not None else arm.origin
    return Learner(
        arm=name,
        own=arm.trains and origin in (Origin.RAW_OWN, Origin.FILTERED_OWN),
        judged=origin is Origin.FILTERED_OWN,
        starved=forecast is not None and supply_of(forecast) is Supply.STARVED,
    )


def known_of(context: StudyContext, measured: BaseEvaluation, decode_lift: Measured | None) -> Known:
    """Measurements of the base model, with the likelihoods of its own samples."""
    spec, evaluation = context.spec, measured.evaluation
    likelihoods = own_likelihoods(context, measured.splits, evaluation)
    thresholds = verdict_thresholds(spec)
    return Known(
        counts=evaluation.counts,
        results=evaluation.outcomes,
        table=measured.table,
        modes=modes_of(spec, evaluation),
        ks=spec.diagnostics.k,
        level=verdict_level(spec),
        gap_threshold=thresholds.gap,
        deciding_k=deciding_k(measured.table, thresholds),
        decode_lift=decode_lift,
        likelihoods=likelihoods.rows,
        scored_problems=likelihoods.problems,
        why_unmeasured=likelihoods.why,
        programs=right_programs(context, measured.splits, evaluation),
    )


def right_programs(context: StudyContext, splits: Splits, evaluation: Evaluation) -> dict[str, tuple[str, ...]]:
    """The normal forms of the programs that passed, by problem; a plain program has all of its text for one."""
    prompts = dict(splits.prompts(splits.heldout.problems, chat=context.spec.model.chat))
    passed = {each.key for each in evaluation.outcomes if each.passed}
    found: dict[str, tuple[str, ...]] = {}
    for problem in splits.heldout.problems:
        right = [each for each in evaluation.by_problem.get(problem.id, ()) if each.key in passed]
        if right:
            language = LANGUAGES[problem.language]
            programs = (program_of(each, problem, prompts[problem.id]).program for each in right)
            found[problem.id] = tuple(language.normal_form(each) for each in programs)
    return found


def ordered(predictions: Predictions) -> list[str]:
    """The arms that something was foretold of, in their order."""
    return [name for name in ARMS if name in predictions]
