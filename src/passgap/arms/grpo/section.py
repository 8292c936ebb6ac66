"""How the GRPO arm is declared: which prompts, how they are sampled and rewarded, and how the policy is trained."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field

from passgap.arms.base import Place
from passgap.arms.self_training.visible_tests import JudgedSection
from passgap.records import Decoding, PolicyConfig, PolicyLoss, RewardScale, TrainConfig
from passgap.spec.decoding import too_long
from passgap.spec.draft import DraftSections
from passgap.spec.fine_tuning import UpdatesSection, adapters_without_effect, unusual_rate
from passgap.spec.repetitions import RepeatedSection
from passgap.spec.section import Section

LEARNING_RATES = {"full": 1e-6, "lora": 1e-5}
"""By method; adapters take ten times the rate of all weights ("LoRA Without Regret", Schulman et al. 2025)."""

CUSTOMARY_RATES = {"full": (5e-7, 1e-5), "lora": (5e-6, 1e-4)}
LEAST_STEPS = 30
"""Updates below which the reward of a policy is not known to move."""

FLAGGED_GROUP = 4


class PrefilterSection(Section):
    """How the pool is sampled once, by the base model, to know which of its prompts can teach anything."""

    temperature: float = Field(default=1.0, gt=0.0, le=10.0, allow_inf_nan=False, description="Of these samples.")
    top_k: int = Field(default=20, ge=0, description="Keep the k most likely tokens; 0 keeps all.")
    top_p: float = Field(default=0.8, gt=0.0, le=1.0, description="Keep the smallest set of this probability.")
    max_new_tokens: int = Field(default=256, ge=1, description="The most tokens of a completion.")
    per_prompt: int = Field(
        default=4,
        ge=2,
        description="Samples for each pool prompt; the more, the more prompts are known to be neither always nor never "
        "solved. Arms that sample the pool alike share them.",
    )

    @property
    def decoding(self) -> Decoding:
        """The decoding of these samples."""
        return Decoding(
            temperature=self.temperature, top_k=self.top_k, top_p=self.top_p, max_new_tokens=self.max_new_tokens
        )


class PolicyTrainingSection(UpdatesSection):
    """How the policy's weights are updated."""

    learning_rate: float | None = Field(
        default=None, gt=0.0, le=1.0, description="The peak rate; by default 1e-6 (full) or 1e-5 (LoRA)."
    )
    max_grad_norm: float = Field(default=1.0, gt=0.0, description="Gradients are clipped to this norm.")
    lora_rank: int = Field(
        default=32, ge=1, description="Rank of the adapters; a reward carries little information, so small ones do."
    )
    max_length: int = Field(
        default=1024, ge=8, description="Tokens of prompt and completion; prompts that leave no room are left out."
    )


class GrpoSection(RepeatedSection, JudgedSection):
    """Groups of samples are drawn from the policy while it is trained, run on the pool's tests, and rewarded."""

    prompts: Literal["prefiltered", "all", "curriculum"] = Field(
        default="prefiltered",
        description="Which pool prompts: those that the base model solves sometimes and not always, in samples drawn "
        "for it; all of them; or all of them, more often where groups disagreed so far.",
    )
    sampling: PrefilterSection = PrefilterSection()
    training: PolicyTrainingSection = PolicyTrainingSection()
    steps: int = Field(default=50, ge=1, description="Updates of the policy.")
    group_size: int = Field(default=8, ge=2, description="Samples of a prompt, whose mean reward is their baseline.")
    prompts_per_step: int = Field(default=8, ge=1, description="Groups of an update.")
    temperature: float = Field(
        default=1.0, gt=0.0, le=10.0, allow_inf_nan=False, description="Of the policy's samples, and of its loss."
    )
    max_new_tokens: int = Field(default=256, ge=1, description="The most tokens of a sample of the policy.")
    beta: float = Field(
        default=0.0,
        ge=0.0,
        allow_inf_nan=False,
        description="The weight of the divergence from the base model; above 0 keeps a second model in memory.",
    )
    loss: PolicyLoss = Field(
        default="dapo",
        description="How token losses are averaged: over an update's tokens (dapo), over samples and token limit "
        "(dr_grpo), or over each sample first (grpo).",
    )
    scale_rewards: RewardScale = Field(
        default="group",
        description="What advantages are divided by: the deviation of the group, of the batch, or none.",
    )
    partial_credit: bool = Field(
        default=False, description="Reward a sample that fails with the share of its tests that passed."
    )
    stop_entropy: float | None = Field(
        default=None,
        gt=0.0,
        allow_inf_nan=False,
        description="End early once the policy's mean entropy over 5 updates is below this, in nats per token.",
        examples=[0.05],
    )
    stop_idle: int | None = Field(
        default=None,
        ge=1,
        description="End early after so many updates in a row without any group whose rewards differ.",
        examples=[10],
    )

    update_size: ClassVar[str] = "prompts_per_step"

    @property
    def examples_per_update(self) -> int:
        """Samples of an update."""
        return self.policy.rollouts_per_step

    @property
    def policy(self) -> PolicyConfig:
        """The configuration of the policy's updates."""
        return PolicyConfig(
            steps=self.steps,
            group_size=self.group_size,
            prompts_per_step=self.prompts_per_step,
            temperature=self.temperature,
            max_new_tokens=self.max_new_tokens,
            beta=self.beta,
            loss=self.loss,
            scale_rewards=self.scale_rewards,
            order="curriculum" if self.prompts == "curriculum" else "shuffled",
            partial_credit=self.partial_credit,
            stop_entropy=self.stop_entropy,
            stop_idle=self.stop_idle,
        )

    @property
    def training_config(self) -> TrainConfig:
        """The trainer's configuration: an update is of all its samples, and each is seen once."""
        training = self.training
        return TrainConfig(
            method=training.method,
            learning_rate=training.learning_rate or LEARNING_RATES[training.method],
            batch_size=self.policy.rollouts_per_step,
            warmup_ratio=training.warmup_ratio,
            weight_decay=0.0,
            max_grad_norm=training.max_grad_norm,
            max_length=training.max_length,
            lora_rank=training.lora_rank,
            lora_alpha=training.lora_alpha or 2 * training.lora_rank,
            schedule=training.schedule,
            activation_checkpointing=training.activation_checkpointing,
            processes=training.processes,
            checkpoint_minutes=training.checkpoint_minutes,
            save_dtype=training.save_dtype,
            checkpoints=training.checkpoints,
            checkpoint_samples=training.checkpoint_samples,
        )


def refusals(section: GrpoSection, study: DraftSections, at: Place) -> Iterator[str]:
    """Yield each reason for which the policy cannot be sampled or trained as it is declared."""
    if section.max_new_tokens >= section.training.max_length:
        yield (
            f"{at('max_new_tokens')}: {section.max_new_tokens} leave no room for a prompt in "
            f"`{at('training.max_length')}: {section.training.max_length}`. Prompt and completion must fit together."
        )
    if (model := study.get("model")) is not None:
        yield from too_long(at("max_new_tokens"), section.max_new_tokens, model)
        if section.prompts == "prefiltered":
            yield from too_long(at("sampling.max_new_tokens"), section.sampling.max_new_tokens, model)


def flags(section: GrpoSection, at: Place) -> Iterator[str]:
    """Yield what is unusual in the declaration, and what has no effect."""
    training = section.training
    kind = f"a policy gradient on {'all weights' if training.method == 'full' else 'adapters'}"
    yield from unusual_rate(training.learning_rate, CUSTOMARY_RATES[training.method], kind, at)
    yield from adapters_without_effect(training, at)
    if section.prompts != "prefiltered" and "sampling" in section.model_fields_set:
        yield (
            f"{at('sampling')}: nothing is sampled beforehand, because `{at('prompts')}` is `{section.prompts}`. "
            f"Remove it, or set `prompts: prefiltered`."
        )
    if section.steps < LEAST_STEPS:
        yield (
            f"{at('steps')}: {section.steps} updates are few; the reward of a policy seldom moves in fewer than "
            f"{LEAST_STEPS}."
        )
    if section.group_size < FLAGGED_GROUP:
        yield (
            f"{at('group_size')}: groups of {section.group_size} seldom disagree, and their mean is a poor baseline. "
            f"8 is customary."
        )
    if section.partial_credit:
        yield (
            f"{at('partial_credit')}: a program that passes some tests of a problem does not solve it, and a policy "
            f"learns what it is rewarded for. Compare it with a run that rewards solutions alone."
        )
