"""The job of a study from its declaration to its report: what happens, in which order."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from passgap.arms import ARMS, arm_of
from passgap.arms.base_model import ARM as BASE_MODEL
from passgap.arms.decode_only import ARM as DECODE_ONLY
from passgap.arms.decoding.sweep import Sweep
from passgap.decisions import Verdict
from passgap.errors import NotOnDiskError, PassgapError
from passgap.moves import Move
from passgap.ports import FolderModel
from passgap.probes import BatteryOutcome
from passgap.report import write_reports
from passgap.report.comparison import ArmsComparison
from passgap.report.study_report import ArmReport, StudyReport
from passgap.store import LedgerEntry, select
from passgap.study.arm_costs import ArmCosts
from passgap.study.arm_runs import failures_on_record, measure_arms, raise_failures
from passgap.study.base_verdict import judge_base
from passgap.study.budget import making, require_budget
from passgap.study.candidates import MeasuredCandidate, battery_of, evaluate_candidate, probe_candidate
from passgap.study.comparing import compare_arms
from passgap.study.context import StudyContext
from passgap.study.declaration import compares_arms, declare
from passgap.study.drift import beside_predictions, measure_changes, with_apart
from passgap.study.exploring import explore
from passgap.study.floor import with_unchanged
from passgap.study.forecasting import foretell, named_by
from passgap.study.interim_analysis import evaluate_base
from passgap.study.lab import StudyLab
from passgap.study.likelihoods import likelihood_costs
from passgap.study.omissions import omissions
from passgap.study.predicting import foretell_minimal, predict_arms
from passgap.study.preregistration import pipeline_spec, register
from passgap.study.race.arms import refuse_untrained_in_race
from passgap.study.repetitions import repetitions_of
from passgap.study.reporting import arm_report, base_report, control_report, study_report
from passgap.study.rescoring import score_again
from passgap.study.second_round.record import unfinished_rounds
from passgap.study.signal import find_signal
from passgap.study.splits import load_splits, require_toolchains
from passgap.study.task_snapshot import keep_splits, recorded_splits
from passgap.study.telling import with_examples
from passgap.study.tracking import track
from passgap.study.tuned_base import refuse_tuned_base
from passgap.study.waivers import record_waivers
from passgap.tasks.splits import Splits


def run_study(context: StudyContext, asked: Sequence[str] | None = None) -> StudyReport:
    """Do what is missing of a study, and write its report: what is on disk is not done again.

    Of a study that is only read, nothing is missing: its report is written from what is there.

    Args:
        context: the study.
        asked: arms to run whatever the verdict says, in their order; None runs what the verdict calls for.

    Raises:
        PassgapError: an arm gave no candidate: it would starve, does not fit into what is left of the budget, had
            nothing to train on, or failed. The others were run, and the report is written; of several such arms, all
            are named.
        NotOnDiskError: the study is only read, and part of it is not there.
    """
    # The problems: both sets are loaded, and the pool loses what is too close to a held-out problem.
    splits = splits_of(context)
    # What decides goes into the ledger before anything is measured: thresholds, decodings, the comparator.
    begin(context, splits)
    if context.read_only:
        refuse_changed(context, splits, asked or ())
    # The base model on the held-out problems; with interim analyses, until the gap is decided.
    measured = evaluate_base(context, splits)
    lab = StudyLab(context, measured.splits, measured.evaluation)
    # What the verdict reads besides: does sampling carry a signal, and what does decoding alone give?
    signal = find_signal(context, splits, measured.evaluation)
    sweep = sweep_decodings(lab)
    told = foretell_minimal(context, measured, sweep.lift if sweep else None)
    # The verdict, recorded with the results that it rests on.
    verdict = judge_base(context, measured, signal.declared, signal.proposal, sweep, told)
    context.note(f"verdict: {verdict.verdict.value}" + (f" ({verdict.other.label})" if verdict.other else ""))

    # What each arm will have to learn from, and what diagnostics foretell of it, is on record before it begins.
    forecasts = foretell(context, lab.splits, measured.evaluation, named_by(verdict))
    # Each arm is pre-registered, unless its settings were declared at the start; then made, evaluated and probed, if it
    # would not starve and fits into the budget. One that fails is named in the report, and the others go on.
    names = called_for(context, verdict) if asked is None else asked
    predictions = predict_arms(context, measured, sweep.lift if sweep else None, names, forecasts)
    trained, failed = measure_arms(lab, names, forecasts)
    changes = measure_changes(context, measured, trained, predictions)
    trained = with_apart(context, measured, trained)
    scorings = score_again(context, lab.splits, lab.base, trained)  # by the second scoring, where one is declared

    # Every candidate is compared with the base model and with every other one; a chosen decoding is a candidate too.
    against = measure_base(lab, needed=bool(trained), wanted=sweep is not None and sweep.candidate is not None)
    control = measure_control(lab, against, sweep)
    candidates = [*([control] if control else []), *trained]
    batteries = [battery_of(context, against, each) for each in candidates] if against else []
    costs = ArmCosts(context, tuple(candidates), lab.base) if compares_arms(context) else None
    arms = [
        arm_report(
            context.spec,
            against,
            one,
            [each for each in candidates if each is not one],
            battery,
            costs,
            forecasts.get(one.arm),
        )
        for one, battery in zip(candidates, batteries, strict=bool(against))
        if against and one is not control
    ]
    arms = beside_predictions(context, arms, trained, predictions, changes)
    arms = with_examples(context, against, trained, arms) if against else arms
    arms = with_unchanged(context, lab.splits, lab.base, trained, arms)
    chosen = control_report(context.spec, against, control, batteries[0], costs) if against and control else None
    comparison = None
    if against and costs and candidates:
        comparison = side_by_side(context, against, candidates, batteries, arms, costs)

    # The report, with what could not be produced named in it.
    asked_base = (*likelihood_costs(context), *(against.answers.costs if against and candidates else ()))
    tried = [*(each.arm for each in arms), *(each.arm for each in failed)]
    omitted = omissions(context, verdict, tried, sweep, shown=chosen is not None)
    missing = failures_on_record(context, tried) if context.read_only else (each.told for each in failed)
    report = study_report(
        context,
        splits,
        base_report(context.spec, measured, verdict, signal.declared, signal.proposal, (*signal.costs, *asked_base)),
        chosen,
        tuple(arms),
        (*missing, *omitted, *unfinished_rounds(context)),
        comparison,
        tuple(forecasts[name] for name in ARMS if name in forecasts),
    ).model_copy(update={"scorings": scorings})
    write_reports(report, context.folder.path, explore(context, splits, measured.evaluation, candidates))
    track(context, report)
    raise_failures(failed)
    return report


def side_by_side(
    context: StudyContext,
    base: MeasuredCandidate,
    candidates: Sequence[MeasuredCandidate],
    batteries: Sequence[BatteryOutcome],
    arms: Sequence[ArmReport],
    costs: ArmCosts,
) -> ArmsComparison:
    """All candidates compared with each other, each with its battery and its outcome."""
    outcomes = {each.arm: each.judgement.outcome.value for each in arms}
    measured = {one.arm: each for one, each in zip(candidates, batteries, strict=True)}
    return compare_arms(context, base, candidates, measured, outcomes, costs)


def splits_of(context: StudyContext) -> Splits:
    """The problems: as they were when they were measured where the study is only read, else as they are now."""
    return recorded_splits(context) if context.read_only else load_splits(context)


def begin(context: StudyContext, splits: Splits) -> LedgerEntry:
    """Declare what decides, and keep the problems, before anything is measured.

    Raises:
        StudyError: what was declared has changed, the toolchain of a language is missing, an arm that trains nothing is
            to race, or the base model is a checkpoint that a study trained.
    """
    if not (context.read_only or context.declared or context.folder.part):
        refuse_tuned_base(context.spec, _base_folder(context))
    if not context.read_only:
        refuse_untrained_in_race(context.spec)
        require_toolchains(context, splits)
    entry = declare(context)
    if not context.read_only:
        record_waivers(context)
        keep_splits(context, splits)
    return entry


def _base_folder(context: StudyContext) -> Path | None:
    """The folder of the base model; None where it is on a server or not to be had, which later steps will say."""
    with suppress(PassgapError):
        model = context.base_model()
        return model.folder if isinstance(model, FolderModel) else None
    return None


def refuse_changed(context: StudyContext, splits: Splits, arms: Sequence[str]) -> None:
    """Name what was changed in a finished study since its arms were registered, rather than what is not there for it.

    With interim analyses, only the base model's results say what was registered.

    Raises:
        StudyError: something was.
    """
    if not context.spec.thresholds.looks:
        for name in arms:
            if arm_of(name).preregistered:
                register(context, pipeline_spec(context, splits, name))


def sweep_decodings(lab: StudyLab) -> Sweep | None:
    """The base model at every declared decoding, if that fits into the budget; None where no sweep is declared."""
    spec = lab.spec
    if DECODE_ONLY.name not in spec.arms:
        return None
    require_budget(lab.context, DECODE_ONLY.name, making(spec, lab.splits, DECODE_ONLY.name))
    return DECODE_ONLY.sweep(DECODE_ONLY.section_of(spec), lab)


def measure_base(lab: StudyLab, *, needed: bool, wanted: bool) -> MeasuredCandidate | None:
    """The base model as candidates are compared with it.

    Args:
        lab: of the study.
        needed: whether there is a trained candidate.
        wanted: whether there is a chosen decoding; of a study that is only read, its report may not be there.
    """
    base = BASE_MODEL.produce(BASE_MODEL.Section(), lab)
    try:
        return MeasuredCandidate(base, lab.base, probe_candidate(lab.context, base)) if needed or wanted else None
    except NotOnDiskError:
        if needed:
            raise
        return None


def measure_control(lab: StudyLab, base: MeasuredCandidate | None, sweep: Sweep | None) -> MeasuredCandidate | None:
    """The base model at the chosen decoding; None where none was chosen, or it is only read and was not probed yet."""
    if sweep is None or sweep.candidate is None or base is None:
        return None
    try:
        answers = base.answers if sweep.at_production else probe_candidate(lab.context, sweep.candidate)
    except NotOnDiskError:
        return None  # a verdict was given and no more: the battery's prompts are asked for a report
    return MeasuredCandidate(sweep.candidate, evaluate_candidate(lab.context, lab.splits, sweep.candidate), answers)


def called_for(context: StudyContext, verdict: Verdict) -> tuple[str, ...]:
    """The arms that a verdict calls for, and the declared comparator, where they can be carried out here.

    The minimal recipe comes first, also where a verifier would help. Other moves are run where the study declares them.
    """
    named: set[str] = set(verdict.moves)
    if Move.SSD in named:
        named.add(context.spec.comparator.method)
    possible = [name for name, arm in ARMS.items() if not arm.in_every_run and (context.trains or not arm.trains)]
    return tuple(name for name in possible if name in named and name in context.spec.arms)


def finished_arms(context: StudyContext) -> tuple[str, ...]:
    """The arms whose candidates were evaluated to the end with every seed, less the arms of every run."""
    index, spec = context.folder.index(), context.spec
    others = [name for name, arm in ARMS.items() if not arm.in_every_run]
    return tuple(
        name
        for name in others
        if select(index, f"{name}-heldout-results")
        and (
            name not in spec.arms
            or all(select(index, f"{each.name}-heldout-results") for each in repetitions_of(spec, name))
        )
    )
