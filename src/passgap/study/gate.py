"""The gate of a second round, asked about a finished first one."""

from __future__ import annotations

from pathlib import Path

from pydantic import JsonValue

from passgap.arms import Candidate
from passgap.decisions import Round2Evidence, decide_round2
from passgap.decisions.gate_report import GateReport
from passgap.errors import StudyError
from passgap.estimates import paired_delta
from passgap.ports import FolderModel
from passgap.probes import BatteryOutcome
from passgap.records import Problem, digest_of
from passgap.stages.evaluation import Evaluation
from passgap.study.context import GATE, StudyContext
from passgap.study.interim_analysis import thresholds_of
from passgap.study.splits import load_source
from passgap.tasks import ContaminationRule, find_contamination
from passgap.tasks.splits import Splits


def judge_gate(
    context: StudyContext,
    round1: Splits,
    trained: Candidate,
    measured: tuple[Evaluation, Evaluation],
    battery: BatteryOutcome,
) -> GateReport:
    """Decide whether a second round may begin, and record the answer once.

    Args:
        context: the study.
        round1: the pool that round 1 was trained on and the problems that it was evaluated on.
        trained: its model.
        measured: base and tuned model on those problems.
        battery: of the tuned model.

    Raises:
        StudyError: a set or a model that `round2` names cannot be found.
    """
    spec = context.spec
    pool, heldout = load_source(context, spec.round2.pool), load_source(context, spec.round2.heldout)
    digest = context.services.model_digest
    base, tuned = measured
    evidence = Round2Evidence(
        delta=paired_delta(base.counts, tuned.counts, 1, level=spec.thresholds.level),
        battery=battery,
        base_digest=digest(context.base_folder()),
        round1_digest=digest(trained.checkpoint),
        sampler_digest=digest(_sampler(context, trained)),
        round1_pool=_digests(round1.pool.problems),
        round2_pool=_digests(pool),
        round1_heldout=_digests(round1.heldout.problems),
        round2_heldout=_digests(heldout),
        near=_near(round1, pool, heldout),
    )
    decision = decide_round2(evidence, thresholds_of(spec), rule=spec.thresholds.round2_rule)
    named: dict[str, JsonValue] = {"pool": digest_of(sorted(evidence.round2_pool))}
    named["heldout"] = digest_of(sorted(evidence.round2_heldout))
    context.record_once(
        GATE,
        {
            "arm": trained.arm,
            "open": decision.open,
            "rule": decision.rule.value,
            "conditions": {each.name: each.met for each in decision.conditions},
            "round1": evidence.round1_digest,
            "round2": named,
        },
    )
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
        battery=battery,
        blocker=spec.failure_cost.blocker,
        rollback=spec.failure_cost.rollback,
        checkpoints=spec.failure_cost.checkpoints,
    )


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


def _near(round1: Splits, pool: tuple[Problem, ...], heldout: tuple[Problem, ...]) -> frozenset[str]:
    """Round-2 problems under new names: prompts that round 1 used, and held-out problems too close to anything used."""
    earlier = (*round1.pool.problems, *round1.heldout.problems, *pool)
    repeated = {
        each.matched
        for each in find_contamination(pool, round1.pool.problems).items
        if each.rule is ContaminationRule.EXACT
    }
    close = {each.matched for each in find_contamination(heldout, earlier).items}
    return _digests(tuple(each for each in pool if each.id in repeated)) | _digests(
        tuple(each for each in heldout if each.id in close)
    )
