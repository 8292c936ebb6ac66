"""Carry out a second round: through the gate, or not at all."""

from __future__ import annotations

from passgap.arms import BASE, Candidate
from passgap.arms.base_model import ARM as BASE_MODEL
from passgap.errors import StudyError
from passgap.records import digested
from passgap.report.second_round import Round2Report
from passgap.stages import cost_of
from passgap.stages.evaluation import require_one_rule
from passgap.store import RoundArtifact
from passgap.study.arm_runs import measure_arm
from passgap.study.battery_answers import ask_probes
from passgap.study.budget import require_budget
from passgap.study.candidates import MeasuredCandidate, probe_candidate
from passgap.study.context import ROUND2, StudyContext
from passgap.study.evaluation import evaluate
from passgap.study.forecasting import foretell, require_yield
from passgap.study.gate import GateAnswer, ask_gate
from passgap.study.lab import StudyLab
from passgap.study.preregistration import pipeline_spec, register
from passgap.study.run import begin
from passgap.study.second_round.comparing import MeasuredRounds, compare_rounds
from passgap.study.second_round.derived import Begun, RoundContexts, begun_rounds, contexts_of
from passgap.study.second_round.record import NAME, keep_round
from passgap.study.second_round.works import ORIGINAL, round_works
from passgap.study.splits import load_splits, require_toolchains
from passgap.study.task_snapshot import digests_of, keep_splits
from passgap.tasks.splits import Splits


def run_second_round(context: StudyContext, arm: str) -> Round2Report:
    """Ask the gate, and carry out the second round of an arm; what is on disk is not done again.

    Raises:
        StudyError: the gate is closed, the first round is not finished or its weights are not here, or the round was
            begun otherwise.
        PassgapError: a step failed; what it did is kept.
    """
    answer = ask_gate(context, arm, with_weights=True)
    if not answer.report.open:
        raise StudyError(
            f"the gate is closed: there is no second round of `{arm}`",
            [f"{each.name}: {each.detail}." for each in answer.report.conditions if not each.met],
        )
    begun, contexts, splits = _begin(context, answer, arm)
    context.note(f"the second round of {arm} goes through the gate's answer {begun.gate[:12]}")
    rounds = _measure(contexts, splits, answer, arm)
    sets = len(splits.pool.problems), len(splits.heldout.problems)
    found = compare_rounds(contexts.later, rounds, gate=begun.gate, sets=sets)
    inputs = {
        "begun": digested(begun),
        "registration": found.registration,
        "results": [each.digest for one in rounds.by_name().values() for each in one.evaluation.results],
    }
    keep_round(contexts.later.folder.artifact(NAME, inputs, RoundArtifact), found)
    return found


def _begin(context: StudyContext, answer: GateAnswer, arm: str) -> tuple[Begun, RoundContexts, Splits]:
    """Put down what the round begins with, once; its problems are kept first, so that they count as used from now on.

    Raises:
        StudyError: it was begun with something else, or the toolchain of a language is missing.
        BudgetError: not all of it fits into the budget.
    """
    spec, checkpoint = context.spec, answer.first.one.candidate.checkpoint
    pool, heldout = spec.round2.pool, spec.round2.heldout
    assert pool is not None, "the gate is closed without fresh problems"
    assert heldout is not None, "the gate is closed without fresh problems"
    place = checkpoint.relative_to(context.folder.path).as_posix()
    contexts = contexts_of(context, arm, place, pool, heldout)
    splits = load_splits(contexts.later)
    require_toolchains(contexts.later, splits)
    now = Begun(
        arm=arm,
        gate=answer.entry.hash,
        base=answer.evidence.base_digest,
        round1=answer.evidence.round1_digest,
        checkpoint=place,
        pool=pool,
        heldout=heldout,
        problems=digests_of(splits),
    )
    earlier = next((each for each in begun_rounds(context) if each.arm == arm), None)
    if earlier is not None and earlier != now:
        changed = [name for name in Begun.model_fields if getattr(earlier, name) != getattr(now, name)]
        raise StudyError(
            f"the second round of `{arm}` was begun with something else",
            [
                f"Changed since: {', '.join(changed)}.",
                "Put `round2`, its files and the weights back as they were: a second round is carried out once.",
            ],
        )
    if context.services.model_digest(contexts.original.base_folder()) != now.base:
        raise StudyError(
            "the base model is another one than round 1 was trained from",
            [f"{spec.model.id}: its weights were changed since. Put them back."],
        )
    require_budget(contexts.later, arm, round_works(contexts.later.spec, contexts.later.battery, splits, arm))
    if earlier is None:
        keep_splits(contexts.later, splits)
        context.record(ROUND2, digested(now))
    begin(contexts.later, splits)
    return now, contexts, splits


def _measure(contexts: RoundContexts, splits: Splits, answer: GateAnswer, arm: str) -> MeasuredRounds:
    """Measure the base model and round 1 on the fresh problems, then make round 2 and measure it alike."""
    context, original = contexts.later, contexts.original
    evaluated = evaluate(original, splits, original.base_model(), ORIGINAL)
    first = evaluate(context, splits, context.base_model(), BASE)
    require_one_rule(evaluated, first)
    lab = StudyLab(context, splits, first)
    forecasts = foretell(context, splits, first, beginning=arm)
    require_yield(context, arm, forecasts.get(arm))
    entry = register(context, pipeline_spec(context, splits, arm))
    context.note(f"registered round 2 of {arm} as ledger entry {entry.sequence}, hash {entry.hash[:12]}")
    second = measure_arm(lab, arm)
    before = _as_it_is(original, StudyLab(original, splits, evaluated))
    after = BASE_MODEL.produce(BASE_MODEL.Section(), lab)
    one = MeasuredCandidate(after, first, probe_candidate(context, after))
    asked = {each.folder: each for model in (before, one) for each in model.answers.artifacts}
    return MeasuredRounds(
        base=before,
        first=one,
        second=second,
        first_costs=answer.first.one.candidate.costs,
        measuring=(*evaluated.costs, *first.costs, *map(cost_of, asked.values())),
    )


def _as_it_is(context: StudyContext, lab: StudyLab) -> MeasuredCandidate:
    """The study's own base model on the fresh problems."""
    candidate: Candidate = BASE_MODEL.produce(BASE_MODEL.Section(), lab)
    answers = ask_probes(context, candidate.model, ORIGINAL, candidate.decoding)
    return MeasuredCandidate(candidate, lab.base, answers)
