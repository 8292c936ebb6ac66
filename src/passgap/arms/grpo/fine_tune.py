"""Choose the prompts that can teach anything, and train the policy on rewards under the registration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from pydantic import JsonValue

from passgap.arms.base import Candidate, Lab
from passgap.arms.grpo import facts
from passgap.arms.grpo.settings import POLICY, PROMPTS
from passgap.arms.self_training.pool import sample_pool
from passgap.arms.self_training.pool_tests import visible_part
from passgap.arms.self_training.scored_pool import score_pool
from passgap.arms.self_training.visible_tests import JudgedSection, audit_before
from passgap.errors import NoCandidateError
from passgap.estimates import Counts
from passgap.ports import FolderModel, RewardJob, RewardPrompt
from passgap.recipes import Recipe
from passgap.records import PolicyConfig, digest_of, digested
from passgap.records.yields import YieldOf
from passgap.stages import StageCost, cost_of
from passgap.stages.training import FineTunePlan, run_job


@dataclass(frozen=True)
class ChosenPrompts:
    """The pool's prompts that are trained on, and why the others are not."""

    ids: frozenset[str]
    never: int = 0
    """Problems without a passing sample."""
    always: int = 0
    """Problems of which every scored sample passed."""
    unscored: int = 0
    """Problems of which no sample could be scored."""
    costs: tuple[StageCost, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    """Facts for the report on what judged the samples, each with its label."""


def fine_tune(name: str, recipe: Recipe, judged: JudgedSection, lab: Lab) -> Candidate:
    """The base model, trained on rewards for its own samples.

    Args:
        name: of the arm.
        recipe: as it is registered.
        judged: which tests reward a sample.
        lab: the means.

    Raises:
        StudyError: the arm is not pre-registered as it stands.
        NoCandidateError: no prompt can teach anything.
        EngineError, ExecutionError, StoreError: a step failed; what is finished is kept.
    """
    registration = lab.registration(name)
    assert recipe.training is not None
    policy = PolicyConfig.model_validate(recipe.settings[POLICY])
    chosen = _chosen(recipe, judged, lab)
    if not chosen.ids:
        raise _nothing_left(name, chosen)
    prompts = tuple(_prompts(chosen, judged, lab))
    plan = FineTunePlan(
        name=lab.label(name),
        base=lab.base_folder(),
        base_digest=lab.model_digest(lab.base_folder()),
        config=recipe.training,
        seed=lab.seed,
        registration=registration.hash,
    )
    learned = digest_of([[each.problem.digest, each.prompt] for each in prompts])
    artifact = plan.artifact(lab.stage.folder, prompts=learned, policy=digested(policy))
    if not artifact.complete:
        left_out: dict[str, JsonValue] = {
            "never": chosen.never,
            "always": chosen.always,
            "unscored": chosen.unscored,
        }
        run_job(
            plan.name,
            artifact,
            RewardJob(
                base=plan.base,
                output=artifact.checkpoint,
                config=plan.config,
                seed=plan.seed,
                prompts=prompts,
                policy=policy,
            ),
            policy.steps,
            lab.trainer,
            lab.stage,
            model_digest=lab.model_digest,
            facts={"prompts": len(prompts), "pool_problems": len(lab.splits.pool.problems), "left_out": left_out},
        )
    trained = facts.policy_facts(artifact.manifest)
    return Candidate(
        arm=name,
        model=FolderModel(folder=artifact.checkpoint),
        decoding=lab.spec.production_decoding,
        costs=(*chosen.costs, *facts.costs_in_parts(cost_of(artifact), trained)),
        facts=(*facts.in_words(trained), *chosen.facts),
        registration=registration.hash,
        training=trained.counts,
        yielded={
            YieldOf.EXAMPLES: trained.counts.trained,
            YieldOf.PROBLEMS: trained.prompts,
            YieldOf.STEPS: trained.counts.steps,
            **_gradients(trained),
        },
    )


def _gradients(trained: facts.PolicyFacts) -> dict[YieldOf, float]:
    """How many groups had a gradient, and how many updates none; not known of a training that was run elsewhere."""
    if not trained.curve:
        return {}
    return {YieldOf.GROUPS: trained.informative, YieldOf.IDLE_STEPS: trained.idle / len(trained.curve)}


def _chosen(recipe: Recipe, judged: JudgedSection, lab: Lab) -> ChosenPrompts:
    """The prompts that the recipe names."""
    if recipe.settings[PROMPTS] != "prefiltered":
        return ChosenPrompts(frozenset(problem.id for problem in lab.splits.pool.problems))
    pool = sample_pool(lab, recipe)
    scored = score_pool(pool, lab, tests=judged.tests)
    found = by_outcomes(scored.counts, (cost_of(pool.artifact), scored.cost))
    return replace(found, facts=audit_before(judged, scored, lab))


def by_outcomes(counts: Counts, costs: tuple[StageCost, ...] = ()) -> ChosenPrompts:
    """The problems that were solved in some of their scored samples and not in all of them.

    Args:
        counts: scored and passed samples of every pool problem.
        costs: of measuring them.
    """
    rows = list(zip(counts.ids, counts.samples.tolist(), counts.correct.tolist(), strict=True))
    return ChosenPrompts(
        ids=frozenset(name for name, samples, correct in rows if 0 < correct < samples),
        never=sum(correct == 0 < samples for _, samples, correct in rows),
        always=sum(0 < correct == samples for _, samples, correct in rows),
        unscored=sum(samples == 0 for _, samples, _ in rows),
        costs=costs,
    )


def _prompts(chosen: ChosenPrompts, judged: JudgedSection, lab: Lab) -> Iterator[RewardPrompt]:
    """The chosen problems in the order of the pool, as it is sampled, with the tests that reward a sample."""
    problems = tuple(problem for problem in lab.splits.pool.problems if problem.id in chosen.ids)
    prompts = dict(lab.splits.prompts(problems, chat=lab.spec.model.chat))
    for problem in problems:
        rewarded = visible_part(problem) if judged.tests == "visible" else problem
        yield RewardPrompt(problem=rewarded, prompt=prompts[problem.id])


def _nothing_left(name: str, chosen: ChosenPrompts) -> NoCandidateError:
    return NoCandidateError(
        f"{name} has nothing to train on",
        [
            f"No pool problem is solved in some of its samples and not in all of them: {chosen.never} never, "
            f"{chosen.always} always, {chosen.unscored} could not be scored, so no group would have a gradient. Raise "
            f"`arms.{name}.sampling.per_prompt`, name another pool, or set `prompts: curriculum` to train on all."
        ],
    )
