"""The evidence on the checkpoint of a finished first round, collected from what is on disk; nothing is measured."""

from __future__ import annotations

from dataclasses import dataclass, replace

from passgap.arms import BASE, arm_of
from passgap.decisions.promotion import Change, PromotionEvidence
from passgap.errors import NotOnDiskError, PassgapError, StudyError
from passgap.estimates import estimate_pass_at_k, paired_delta
from passgap.probes import BatteryOutcome
from passgap.promotion.registry import HeldOutResult, Parent
from passgap.store import LedgerEntry
from passgap.study.arm_runs import measure_arm
from passgap.study.candidates import MeasuredCandidate, battery_of
from passgap.study.context import StudyContext
from passgap.study.facts import contamination_checked
from passgap.study.interim_analysis import evaluate_base
from passgap.study.lab import StudyLab
from passgap.study.promotion.found import (
    Found,
    checkpoint_of,
    gate_of_base,
    model_artifact,
    parent_digest,
    registration_of,
    safety_probes,
    spec_of,
    was_compared,
    weights_of,
)
from passgap.study.read_only import read_only
from passgap.study.repetitions import Repetition, repetitions_of
from passgap.study.run import begin, finished_arms, measure_base, splits_of


@dataclass(frozen=True)
class _Measured:
    """The held-out evidence, or why there is none."""

    evaluation: HeldOutResult | None = None
    battery: BatteryOutcome | None = None
    lacking: str = ""
    changed: tuple[str, ...] = ()


def find_first_round(context: StudyContext, arm: str, seed: int | None = None) -> Found:
    """Collect the evidence on the checkpoint of an arm.

    Args:
        context: the study, open for work.
        arm: that trained it.
        seed: of several that the arm is repeated with; None for the first.

    Raises:
        StudyError: the arm trains nothing, is not declared, is not trained with this seed, or has no checkpoint.
    """
    reader = read_only(context)
    repetition = _repetition(context, arm, seed)
    artifact = model_artifact(reader.folder, repetition.name)
    if artifact is None:
        raise StudyError(
            f"there is no checkpoint of `{repetition.name}` to promote",
            [f"Train and measure it first: `passgap run STUDY --arm {arm}`."],
        )
    registration = registration_of(reader.folder, arm)
    measured, contamination = _measured(reader, repetition, registration)
    checkpoint = checkpoint_of(artifact)
    return Found(
        evidence=PromotionEvidence(
            arm=arm,
            changes=measured.evaluation.changes if measured.evaluation else (),
            lacking=measured.lacking,
            contamination=contamination,
            battery=measured.battery,
            gate=gate_of_base(context),
            weights=weights_of(context, reader.folder, artifact, repetition.name),
            registration=registration.hash if registration else None,
            changed=measured.changed,
            licence=context.spec.model.licence,
            rehearsal=context.spec.rehearsal,
            safety=safety_probes(context),
        ),
        folder=checkpoint,
        seed=repetition.seed,
        evaluation=measured.evaluation,
        parents=(Parent(role=BASE, digest=parent_digest(checkpoint, registration)),),
        recipe=spec_of(registration) or None,
    )


def _repetition(context: StudyContext, arm: str, seed: int | None) -> Repetition:
    if not arm_of(arm).trains:
        raise StudyError(
            f"the {arm} arm trains nothing, so there is no checkpoint of it to promote",
            ["What serves is a checkpoint; its callers set decoding and prompt. Name an arm that trains."],
        )
    repetitions = repetitions_of(context.spec, arm)
    chosen = next((each for each in repetitions if seed in (None, each.seed)), None)
    if chosen is None:
        seeds = ", ".join(str(each.seed) for each in repetitions)
        raise StudyError(f"the arm `{arm}` is not trained with the seed {seed}", [f"Its seeds: {seeds}."])
    return chosen


def _measured(
    reader: StudyContext, repetition: Repetition, registration: LedgerEntry | None
) -> tuple[_Measured, str | None]:
    """The held-out evidence, and what was compared with what before the training; None where nothing was."""
    contamination: str | None = None
    try:
        splits = splits_of(reader)
        begin(reader, splits)
        if was_compared(registration):
            contamination = contamination_checked(reader, splits)
        if repetition.arm not in finished_arms(reader):
            return _Measured(lacking="the arm is not evaluated to the end"), contamination
        base_model = evaluate_base(reader, splits)
        lab = StudyLab(reader, base_model.splits, base_model.evaluation)
        whole = measure_arm(lab, repetition.arm)
        base = measure_base(lab, needed=True, wanted=True)
    except NotOnDiskError as error:
        return _Measured(lacking=_said(error)), contamination
    except PassgapError as error:
        return _Measured(lacking=_said(error), changed=(_said(error),)), contamination
    assert base is not None, "it is needed"
    one = next(each for each in whole.repetitions if each.repetition == repetition)
    one = replace(one, further=())
    return _Measured(_result(reader, base, one, contamination or ""), battery_of(reader, base, one)), contamination


def _result(reader: StudyContext, base: MeasuredCandidate, one: MeasuredCandidate, contamination: str) -> HeldOutResult:
    """Its held-out result: of this checkpoint alone, also where the arm was repeated."""
    level = reader.spec.thresholds.level
    delta = paired_delta(base.evaluation.counts, one.evaluation.counts, 1, level=level)
    return HeldOutResult(
        pass_at_1=estimate_pass_at_k(one.evaluation.counts, 1, level=level),
        decoding=one.candidate.decoding,
        changes=(Change(against=BASE, lift=delta),),
        contamination=contamination,
        results=tuple(each.digest for each in one.evaluation.results),
    )


def _said(error: PassgapError) -> str:
    return " ".join((f"{error.summary}:" if error.problems else error.summary, *error.problems)).rstrip(".")
