"""Register a checkpoint that the evidence carries, and move it from state to state."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from passgap.arms import BASE
from passgap.decisions.canary import Advice
from passgap.decisions.promotion import PromotionDecision, PromotionWaiver, decide_promotion
from passgap.errors import NotOnDiskError, PassgapError, StudyError
from passgap.estimates import estimate_pass_at_k
from passgap.ports import FolderModel
from passgap.promotion.registry import (
    Checkpoint,
    CheckpointManifest,
    HeldOutResult,
    Move,
    RecipeOfCheckpoint,
    State,
    hash_files,
)
from passgap.promotion.registry.signatures import fault_of_signature, sign_checkpoint
from passgap.promotion.registry.states import RUNNING
from passgap.study.context import StudyContext
from passgap.study.interim_analysis import evaluate_base
from passgap.study.promotion.first_round import find_first_round
from passgap.study.promotion.found import Found
from passgap.study.promotion.registered import registry_of, signature_of
from passgap.study.promotion.second_round import find_second_round
from passgap.study.promotion.watching import advice_on, declare_rules
from passgap.study.read_only import read_only, recorded_digest
from passgap.study.run import begin, splits_of

MONITOR = "monitor"
"""The name of the waiver that lets a candidate go on without the monitors' advice."""


def promote_arm(
    context: StudyContext,
    arm: str,
    *,
    seed: int | None = None,
    second: bool = False,
    why: str = "",
    waivers: Sequence[PromotionWaiver] = (),
    key: Path | None = None,
) -> Checkpoint:
    """Register the checkpoint of a finished arm as candidate, if the evidence carries it.

    The base model is registered first, in production: a rollback leads there.

    Args:
        context: the study, open for work.
        arm: that trained it.
        seed: of several that the arm is repeated with; None for the first.
        second: whether the checkpoint of its second round is meant.
        why: in a sentence, for the ledger.
        waivers: for objections that somebody answers for.
        key: signs the checkpoint first.

    Raises:
        StudyError: there is no such checkpoint, or the evidence does not carry it, with every reason.
    """
    found = find_second_round(context, arm) if second else find_first_round(context, arm, seed)
    if key is not None:
        sign_checkpoint(found.folder, key)
    evidence = found.evidence.model_copy(update={"signature": _unsigned(context, found.folder)})
    decision = decide_promotion(evidence, waivers)
    _refuse(arm, decision)
    _register_base(context)
    registry = registry_of(context)
    manifest = _manifest(context, found)
    by = signature_of(context)
    one = registry.add(manifest, found.folder, by=by, why=why or "its evidence carries it", waivers=waivers)
    if one.state is State.RETIRED:
        again = Move(checkpoint=one.id, before=State.RETIRED, after=State.CANDIDATE)
        registry.move((again,), by=by, why=why or "promoted again")
        one = registry.find(one.id)
    return one


def move_checkpoint(
    context: StudyContext, name: str, state: State, *, why: str, waivers: Sequence[PromotionWaiver] = ()
) -> Checkpoint:
    """Change the state of a checkpoint; into production, it takes the place of the one that is there.

    Every file is compared with its manifest first, unless it is retired. From the shadow into the canary and on into
    production it goes only where the monitors advise so, or somebody waives ``monitor`` with a reason.

    Args:
        context: the study, open for work.
        name: the id or its beginning, or an alias.
        state: the new one.
        why: in a sentence, for the ledger.
        waivers: one of ``monitor`` lets a candidate go on that the monitors do not advise to promote.

    Raises:
        StudyError: the state cannot follow, the monitors do not advise it, or the files are not those that were
            registered.
    """
    registry = registry_of(context)
    one = registry.find(name)
    problems = [*one.problems()] if state is not State.RETIRED else []
    if state is not State.RETIRED and not one.is_base and one.location is not None:
        problems += [fault for fault in (_unsigned(context, one.location),) if fault is not None]
    if state is State.PRODUCTION and one.manifest.rehearsal:
        problems.append("the study is a rehearsal, too small to decide anything: nothing of it goes into production")
    if not why.strip():
        problems.append("--why: missing. Say in a sentence why, for the ledger")
    idle = [each.name for each in waivers if each.name != MONITOR]
    problems += [f"--waive {each}: only `{MONITOR}` can be waived here" for each in idle]
    problems += _not_advised(context, one, state) if not waivers else []
    if problems:
        raise StudyError(f"{one.short} cannot become {state}", [f"{each}." for each in problems])
    if state in RUNNING:
        declare_rules(context, one)
    moves = [Move(checkpoint=one.id, before=one.state, after=state)]
    serving = registry.production
    if state is State.PRODUCTION and serving is not None and serving.id != one.id:
        moves.insert(0, Move(checkpoint=serving.id, before=State.PRODUCTION, after=State.RETIRED))
    told = "; ".join([why, *(f"`{each.name}` was waived: {each.reason}" for each in waivers)])
    registry.move(moves, by=signature_of(context), why=told)
    return registry.find(one.id)


def _unsigned(context: StudyContext, checkpoint: Path) -> str | None:
    """Why a checkpoint's signature does not vouch for it, where the study asks for one."""
    declared = context.spec.promotion_rules.signing
    return fault_of_signature(checkpoint, context.folder.path / declared.public_key) if declared is not None else None


def _not_advised(context: StudyContext, one: Checkpoint, state: State) -> list[str]:
    """Why the monitors do not let a candidate go on: the last advice in the state that it is in."""
    on = {State.CANARY: State.SHADOW, State.PRODUCTION: State.CANARY}.get(state)
    if on is None or one.state is not on:
        return []
    advice = advice_on(context, one, on)
    if advice == Advice.PROMOTE:
        return []
    said = f"their last advice is to {advice}" if advice else "they have never been read"
    return [
        f"the monitors do not advise it: {said}. `passgap canary STUDY` reads them; `--waive {MONITOR}=REASON` goes on "
        f"all the same"
    ]


def _refuse(arm: str, decision: PromotionDecision) -> None:
    if decision.granted:
        return
    reasons = [f"{each.name}: {each.detail}" for each in decision.objections]
    reasons += [
        f"--waive {name}: there is no objection of this name that can be waived. Leave it out."
        for name in decision.idle
    ]
    raise StudyError(f"the evidence does not carry a promotion of `{arm}`", reasons)


def _manifest(context: StudyContext, found: Found) -> CheckpointManifest:
    evidence, spec = found.evidence, context.spec
    assert evidence.registration is not None, "an arm that was not registered is refused"
    assert evidence.weights.found is not None, "a checkpoint without weights is refused"
    return CheckpointManifest(
        study=spec.name,
        study_digest=context.intake.spec.digest,
        model=spec.model.name,
        arm=evidence.arm,
        round=evidence.round,
        seed=found.seed,
        weights=evidence.weights.found,
        files=hash_files(found.folder),
        parents=found.parents,
        recipe=RecipeOfCheckpoint(registration=evidence.registration, spec=found.recipe),
        evaluation=found.evaluation,
        battery=evidence.battery,
        gate=evidence.gate.entry if evidence.gate is not None else None,
        licence=spec.model.licence,
        rehearsal=spec.rehearsal,
    )


def _register_base(context: StudyContext) -> None:
    """Register the study's base model in production, unless it is registered."""
    registry = registry_of(context)
    if registry.base is not None:
        return
    spec = context.spec
    folder = _base_folder(context)
    digest = context.services.model_digest(folder) if folder is not None else recorded_digest(context)
    manifest = CheckpointManifest(
        study=spec.name,
        study_digest=context.intake.spec.digest,
        model=spec.model.name,
        arm=BASE,
        weights=digest or "",
        files=hash_files(folder) if folder is not None else (),
        evaluation=_base_result(context),
        licence=spec.model.licence,
        rehearsal=spec.rehearsal,
    )
    state = State.PRODUCTION if registry.production is None else State.RETIRED
    registry.add(manifest, folder, state=state, by=signature_of(context), why="the base model of the study")


def _base_folder(context: StudyContext) -> Path | None:
    """The base model's folder; None where only a server has it, or it is not here."""
    try:
        model = context.base_model()
    except PassgapError:
        return None
    return model.folder if isinstance(model, FolderModel) and model.folder.is_dir() else None


def _base_result(context: StudyContext) -> HeldOutResult | None:
    reader = read_only(context)
    try:
        splits = splits_of(reader)
        begin(reader, splits)
        measured = evaluate_base(reader, splits).evaluation
    except NotOnDiskError:
        return None
    return HeldOutResult(
        pass_at_1=estimate_pass_at_k(measured.counts, 1, level=context.spec.thresholds.level),
        decoding=context.spec.production_decoding,
        results=tuple(each.digest for each in measured.results),
    )
