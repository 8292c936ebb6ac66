"""GRPO (arXiv 2402.03300): a policy gradient on the outcomes of groups of samples, relative to each group's mean."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from passgap.arms.base import Arm, Candidate, DeclaredStudy, Lab, Origin, Place, Work
from passgap.arms.grpo.section import GrpoSection
from passgap.arms.grpo.section import flags as flags_of
from passgap.arms.grpo.section import refusals as refusals_of
from passgap.arms.grpo.settings import POLICY, PROMPT_RULES, PROMPTS, REWARD
from passgap.arms.self_training.pool_tests import lacks_tests
from passgap.arms.self_training.selection import POOL
from passgap.arms.self_training.visible_tests import as_judged, audit_after, hidden_rule, lacks_hidden_tests
from passgap.errors import StudyError
from passgap.recipes import Recipe
from passgap.recipes.rewards import PARTIAL_REWARD_RULE, REWARD_RULE
from passgap.records import Insufficient, digested
from passgap.records.yields import Minimum, YieldForecast, YieldOf
from passgap.spec import StudySpec
from passgap.spec.budget import Part
from passgap.spec.draft import DraftSections

if TYPE_CHECKING:
    from passgap.estimates import Counts
    from passgap.stages.evaluation import Evaluation
    from passgap.store import SamplesArtifact


class Grpo(Arm[GrpoSection]):
    """The policy is rewarded for samples that pass the pool's tests; nothing but the reward is learned from."""

    name = "grpo"
    caption = "GRPO"
    position = 60.0
    Section = GrpoSection
    origin = Origin.FILTERED_OWN
    minimum = Minimum(
        of=YieldOf.GROUPS,
        amount=30,
        why="fewer groups with a gradient are less than one in each of 30 updates, and the reward does not move",
    )

    def refusals(self, section: GrpoSection, study: DraftSections, at: Place) -> Iterator[str]:
        """Yield what cannot be sampled or trained as it is declared."""
        yield from refusals_of(section, study, at)

    def flags(self, section: GrpoSection, study: DraftSections, at: Place) -> Iterator[str]:
        """Yield what is unusual, and what has no effect."""
        yield from flags_of(section, at)

    def lacks(self, section: GrpoSection, study: DeclaredStudy, at: Place) -> Iterator[str]:
        """Refuse a pool whose problems cannot tell a sample that is right."""
        yield from lacks_tests(study, at(""), needs="reward a sample")
        yield from lacks_hidden_tests(section, study, at("tests"))

    def declared(self, section: GrpoSection, spec: StudySpec) -> tuple[tuple[str, str], ...]:
        """The updates, and how their samples are drawn."""
        policy = section.policy
        text = (
            f"{policy.steps} updates of {policy.prompts_per_step} groups of {policy.group_size} samples at temperature "
            f"{policy.temperature:g}, at most {policy.max_new_tokens} new tokens; {PROMPT_RULES[section.prompts]}"
        )
        return ((f"policy of {self.name}", text),)

    def work(self, section: GrpoSection, spec: StudySpec, heldout: int, pool: int) -> tuple[Work, ...]:
        """Sampling and running the pool to choose prompts; then the updates, with the samples that they draw and run.

        What the policy draws while it is trained is paid from training: it is part of making the candidate, and no
        other arm can use it.
        """
        policy, sampling = section.policy, section.sampling
        updates = Work(
            Part.TRAINING,
            self.name,
            policy.rollouts,
            longest=policy.max_new_tokens,
            seen=policy.rollouts,
            updates=policy.steps,
            run=True,
            title="fine-tune",
        )
        if section.prompts != "prefiltered":
            return (updates,)
        drawn = Work(
            Part.SAMPLING,
            POOL,
            pool * sampling.per_prompt,
            longest=sampling.max_new_tokens,
            title="sample the pool",
            made_from={"decoding": digested(sampling.decoding), "per_prompt": sampling.per_prompt},
        )
        return drawn, replace(drawn, run=True, draw=False, title="run the pool's tests"), updates

    def forecast(self, section: GrpoSection, study: DeclaredStudy, counts: Counts) -> YieldForecast | None:
        """Groups whose rewards differ, over all updates: of prompts that are kept by the samples drawn for it."""
        from passgap.arms.yields.pool_yield import pool_yield  # noqa: PLC0415 - a study is checked without numerics
        from passgap.estimates.yields import idle_steps, known, scaled  # noqa: PLC0415

        expected, policy = pool_yield(study, counts), section.policy
        if section.prompts == "prefiltered":
            problems = expected.mixed(section.sampling.per_prompt)
            share = expected.prefiltered_share(section.sampling.per_prompt, policy.group_size)
        else:
            problems = known(expected.problems, counts, level=expected.level)
            share = expected.informative_share(policy.group_size)
        notes: tuple[str, ...] = ("groups of the policy as it is before its first update: what it learns changes them",)
        if section.prompts == "curriculum":
            notes = (*notes, "prompts of every pool problem alike: a curriculum finds more groups with a gradient")
        return YieldForecast(
            arm=self.name,
            examples=known(policy.rollouts, counts, level=expected.level),
            problems=problems,
            groups=share
            if isinstance(share, Insufficient)
            else scaled(share, policy.steps * policy.prompts_per_step, "count"),
            steps=known(policy.steps, counts, level=expected.level),
            idle_steps=idle_steps(share, policy.prompts_per_step),
            notes=notes,
        )

    def registered(self, section: GrpoSection, study: DeclaredStudy) -> Recipe:
        """How prompts are chosen, samples drawn and rewarded, and the policy updated."""
        filtered = section.prompts == "prefiltered"
        return Recipe(
            sampling=section.sampling.decoding if filtered else None,
            samples_per_prompt=section.sampling.per_prompt if filtered else None,
            selection=PROMPT_RULES[section.prompts],
            training=section.training_config,
            settings={
                PROMPTS: section.prompts,
                POLICY: digested(section.policy),
                REWARD: as_judged(PARTIAL_REWARD_RULE if section.partial_credit else REWARD_RULE, section),
                **hidden_rule(section),
            },
        )

    def sample(self, section: GrpoSection, lab: Lab) -> SamplesArtifact:
        """Sample the base model on the pool, where that decides on the prompts."""
        from passgap.arms.self_training.pool import sample_pool  # noqa: PLC0415 - a study is checked without it

        recipe = self.registered(section, lab)
        if recipe.sampling is None:
            raise StudyError(
                f"nothing is drawn for the {self.name} arm before it is trained",
                ["Its samples are drawn from the policy while that is trained: `passgap train STUDY --arm grpo`."],
            )
        return sample_pool(lab, recipe).artifact

    def produce(self, section: GrpoSection, lab: Lab) -> Candidate:
        """Choose the prompts and train the policy; what is on disk is not done again."""
        from passgap.arms.grpo.fine_tune import fine_tune  # noqa: PLC0415 - a study is checked without it

        return fine_tune(self.name, self.registered(section, lab), section, lab)

    def findings(self, section: GrpoSection, lab: Lab, evaluated: Evaluation) -> tuple[tuple[str, str], ...]:
        """Whether training raised the passing of visible tests above that of hidden ones, on held-out problems."""
        return audit_after(section, lab, evaluated)
