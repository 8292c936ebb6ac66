"""The evidence on the checkpoint of a finished second round, from its record; nothing is measured."""

from __future__ import annotations

from passgap.arms import BASE
from passgap.decisions.promotion import Change, GateEvidence, PromotionEvidence
from passgap.errors import StudyError
from passgap.estimates import PASS_AT_1
from passgap.models.made_by_studies import trained_from
from passgap.promotion.registry import HeldOutResult, Parent
from passgap.report.second_round import Round2Report, RoundComparison
from passgap.store import IndexEntry, StudyFolder, select
from passgap.store.folder import ROUNDS
from passgap.study.context import GATE, StudyContext
from passgap.study.facts import contamination_checked
from passgap.study.promotion.found import (
    Found,
    checkpoint_of,
    model_artifact,
    parent_digest,
    registration_of,
    safety_probes,
    spec_of,
    was_compared,
    weights_of,
)
from passgap.study.second_round.comparing import BASE_MODEL, FIRST, SECOND
from passgap.study.second_round.derived import Begun, begun_rounds, contexts_of
from passgap.study.second_round.record import rounds_on_record
from passgap.study.task_snapshot import kept_splits


def find_second_round(context: StudyContext, arm: str) -> Found:
    """Collect the evidence on the checkpoint of an arm's second round.

    Raises:
        StudyError: there is none.
    """
    folder = StudyFolder(context.folder.path, f"{ROUNDS}/{arm}")
    artifact = model_artifact(folder, arm)
    if artifact is None:
        raise StudyError(
            f"there is no checkpoint of a second round of `{arm}` to promote",
            [f"A second round goes through the gate: `passgap run STUDY --round 2 --arm {arm}`."],
        )
    report = next((each for each in rounds_on_record(context) if each.arm == arm), None)
    begun = next((each for each in begun_rounds(context) if each.arm == arm), None)
    registration = registration_of(folder, arm)
    checkpoint = checkpoint_of(artifact)
    contamination = _compared(context, begun) if was_compared(registration) else None
    evaluation = _result(context, report, folder, contamination or "") if report else None
    return Found(
        evidence=PromotionEvidence(
            arm=arm,
            round=2,
            changes=evaluation.changes if evaluation else (),
            lacking="" if report else "the second round is not measured to the end",
            contamination=contamination,
            battery=_against(report, BASE_MODEL).battery if report else None,
            gate=_gate(context, begun, artifact),
            weights=weights_of(context, folder, artifact, arm),
            registration=registration.hash if registration else None,
            licence=context.spec.model.licence,
            rehearsal=context.spec.rehearsal,
            safety=safety_probes(context),
        ),
        folder=checkpoint,
        seed=None,
        evaluation=evaluation,
        parents=(
            Parent(role=FIRST, digest=parent_digest(checkpoint, registration)),
            *((Parent(role=BASE, digest=begun.base),) if begun else ()),
        ),
        recipe=spec_of(registration) or None,
    )


def _compared(context: StudyContext, begun: Begun | None) -> str | None:
    """The comparison of the models; None where the problems of the round are not there as they were."""
    if begun is None:
        return None
    later = contexts_of(context, begun.arm, begun.checkpoint, begun.pool, begun.heldout).later
    splits = kept_splits(later, begun.problems)
    return contamination_checked(later, splits) if splits is not None else None


def _result(context: StudyContext, report: Round2Report, folder: StudyFolder, contamination: str) -> HeldOutResult:
    first, base = report.decisive, _against(report, BASE_MODEL)
    results = select(folder.index(), f"{report.arm}-heldout-results")
    return HeldOutResult(
        pass_at_1=base.comparison.tuned.overall[str(PASS_AT_1)],
        decoding=context.spec.production_decoding,
        changes=(
            Change(against=BASE, lift=base.comparison.paired(PASS_AT_1)),
            Change(against=FIRST, lift=first.comparison.paired(PASS_AT_1)),
        ),
        contamination=contamination,
        results=tuple(each.manifest.digest for each in results[-1:] if each.manifest is not None),
    )


def _against(report: Round2Report, earlier: str) -> RoundComparison:
    return next(each for each in report.comparisons if (each.later, each.earlier) == (SECOND, earlier))


def _gate(context: StudyContext, begun: Begun | None, artifact: IndexEntry) -> GateEvidence:
    """The gate's answer that the round names, as the ledger has it; its chain was verified when it was read."""
    if begun is None:
        return GateEvidence(entry=None)
    for entry in context.folder.ledger.of_kind(GATE):
        if entry.hash == begun.gate and isinstance(entry.payload, dict):
            same = (entry.payload.get("arm"), entry.payload.get("round1")) == (begun.arm, begun.round1)
            return GateEvidence(
                entry=entry.hash,
                found=same,
                open=entry.payload.get("open") is True,
                trained_from_round1=trained_from(checkpoint_of(artifact)) == begun.round1,
            )
    return GateEvidence(entry=begun.gate)
