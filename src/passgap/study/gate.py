"""The gate of a second round, asked about a finished first one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue

from passgap.arms import Candidate, arm_of
from passgap.arms.ssd import ARM as SSD
from passgap.decisions import GateDecision, Round2Evidence, decide_round2
from passgap.decisions.gate_report import GateReport
from passgap.errors import EngineError, StudyError
from passgap.estimates import paired_delta
from passgap.ports import FolderModel
from passgap.records import Problem, digest_of
from passgap.spec import StudySpec
from passgap.store import LedgerEntry
from passgap.study.arm_runs import measure_arm
from passgap.study.candidates import MeasuredCandidate, battery_of
from passgap.study.context import GATE, StudyContext
from passgap.study.interim_analysis import evaluate_base, thresholds_of
from passgap.study.lab import StudyLab
from passgap.study.read_only import read_only
from passgap.study.run import begin, finished_arms, measure_base, splits_of
from passgap.study.second_round.used import UsedProblems, used_by_others
from passgap.study.splits import load_source
from passgap.tasks import ContaminationRule, find_contamination
from passgap.tasks.splits import Splits


@dataclass(frozen=True)
class FirstRound:
    """A finished first round of an arm, as it is on disk."""

    lab: StudyLab
    """Open read-only, with the problems that were measured on."""
    base: MeasuredCandidate
    one: MeasuredCandidate


@dataclass(frozen=True)
class GateAnswer:
    """The gate's answer, its entry in the ledger, and what was asked about."""

    report: GateReport
    entry: LedgerEntry
    first: FirstRound
    evidence: Round2Evidence


def first_round(context: StudyContext, arm: str) -> FirstRound:
    """Read a finished first round; nothing is measured.

    Raises:
        StudyError: the arm is not finished, or part of it is no longer on disk.
    """
    context = read_only(context)
    if not arm_of(arm).trains or arm not in finished_arms(context):
        first = arm if arm_of(arm).trains else SSD.name
        raise StudyError(
            f"there is no finished first round of `{arm}` to gate",
            [f"Run it first: `passgap run STUDY --arm {first}`."],
        )
    splits = splits_of(context)
    begin(context, splits)
    measured = evaluate_base(context, splits)
    lab = StudyLab(context, measured.splits, measured.evaluation)
    one, base = measure_arm(lab, arm), measure_base(lab, needed=True, wanted=True)
    assert base is not None
    return FirstRound(lab, base, one)


def ask_gate(context: StudyContext, arm: str, *, with_weights: bool = False) -> GateAnswer:
    """Decide whether a second round of an arm may begin, and record the answer once.

    Args:
        context: the study, open for work.
        arm: its first round is finished.
        with_weights: whether the weights of round 1 have to be here; without it, those that are not are taken to be
            as they were recorded.

    Raises:
        StudyError: the first round is not finished, a set or a model that `round2` names cannot be found, or the
            weights are lacking.
    """
    first = first_round(context, arm)
    spec, trained, recorded = context.spec, first.one.candidate, first.lab.context
    round1 = first.lab.splits
    pool, heldout = load_source(context, spec.round2.pool), load_source(context, spec.round2.heldout)
    elsewhere = used_by_others(context, arm)
    digest = recorded.services.model_digest
    battery = battery_of(recorded, first.base, first.one)
    evidence = Round2Evidence(
        delta=paired_delta(first.base.evaluation.counts, first.one.evaluation.counts, 1, level=spec.thresholds.level),
        battery=battery,
        base_digest=digest(recorded.base_folder()),
        round1_digest=digest(trained.checkpoint),
        sampler_digest=_sampler_digest(context, recorded, trained, with_weights=with_weights),
        round1_pool=_digests((*round1.pool.problems, *elsewhere.pool)),
        round2_pool=_digests(pool),
        round1_heldout=_digests((*round1.heldout.problems, *elsewhere.heldout)),
        round2_heldout=_digests(heldout),
        near=_near(round1, elsewhere, pool, heldout),
    )
    decision = decide_round2(evidence, thresholds_of(spec), rule=spec.thresholds.round2_rule)
    named: dict[str, JsonValue] = {"pool": digest_of(sorted(evidence.round2_pool))}
    named["heldout"] = digest_of(sorted(evidence.round2_heldout))
    payload: dict[str, JsonValue] = {
        "arm": trained.arm,
        "open": decision.open,
        "rule": decision.rule.value,
        "conditions": {each.name: each.met for each in decision.conditions},
        "round1": evidence.round1_digest,
        "round2": named,
    }
    entry = context.recorded(GATE, payload) or context.record(GATE, payload)
    return GateAnswer(_report(spec, trained, evidence, decision), entry, first, evidence)


def _report(spec: StudySpec, trained: Candidate, evidence: Round2Evidence, decision: GateDecision) -> GateReport:
    return GateReport(
        study=spec.name,
        arm=trained.arm,
        open=decision.open,
        rule=decision.rule,
        summary=decision.summary,
        conditions=decision.conditions,
        cost_of_non_overlap=decision.cost_of_non_overlap,
        misses=tuple(each.name for each in decision.misses),
        lift=evidence.delta,
        battery=evidence.battery,
        blocker=spec.failure_cost.blocker,
        rollback=spec.failure_cost.rollback,
        checkpoints=spec.failure_cost.checkpoints,
    )


def _sampler_digest(context: StudyContext, recorded: StudyContext, trained: Candidate, *, with_weights: bool) -> str:
    """The digest of the model that round 2 samples from: of its files, and not of what its manifest says they are.

    Raises:
        StudyError: its weights are lacking where they are needed, or it is no folder.
    """
    folder = _sampler(context, trained)
    try:
        here = context.services.model_digest(folder)
    except (EngineError, OSError) as error:
        if with_weights:
            raise StudyError(
                f"the weights of round 1 are not in {folder}",
                [f"A second round samples from them. Put the checkpoint back: {error}"],
            ) from error
        return recorded.services.model_digest(folder)
    lacking = not any(folder.glob("*.safetensors"))
    return recorded.services.model_digest(folder) if lacking and not with_weights else here


def _sampler(context: StudyContext, trained: Candidate) -> Path:
    """The folder of the model that round 2 samples from."""
    named = context.spec.round2.model
    if named is None:
        return trained.checkpoint
    local = context.folder.path / named
    model = FolderModel(folder=local) if local.is_dir() else context.services.resolve_model(named)
    if isinstance(model, FolderModel):
        return model.folder
    raise StudyError("the model of round 2 is no folder", ["round2.model: name the folder of round 1's checkpoint."])


def _digests(problems: tuple[Problem, ...]) -> frozenset[str]:
    return frozenset(problem.digest for problem in problems)


def _near(
    round1: Splits, elsewhere: UsedProblems, pool: tuple[Problem, ...], heldout: tuple[Problem, ...]
) -> frozenset[str]:
    """Round-2 problems under new names: prompts that were trained on, and held-out problems too close to any used."""
    trained = (*round1.pool.problems, *elsewhere.pool)
    earlier = (*trained, *round1.heldout.problems, *elsewhere.heldout, *pool)
    repeated = {
        each.matched for each in find_contamination(pool, trained).items if each.rule is ContaminationRule.EXACT
    }
    close = {each.matched for each in find_contamination(heldout, earlier).items}
    return _digests(tuple(each for each in pool if each.id in repeated)) | _digests(
        tuple(each for each in heldout if each.id in close)
    )
