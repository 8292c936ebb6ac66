"""The configuration of a policy gradient: which samples are drawn while a model is trained, and how they count."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from passgap.records.base import Record
from passgap.records.samples import Decoding

PolicyLoss = Literal["dapo", "dr_grpo", "grpo"]
"""How the token losses of an update are averaged: over all its tokens (DAPO, arXiv 2503.14476), over its samples and
the token limit (Dr. GRPO, arXiv 2503.20783), or over each sample's tokens first (GRPO, arXiv 2402.03300)."""

RewardScale = Literal["group", "batch", "none"]
"""The divisor of an advantage: the standard deviation of its group's rewards, of the update's, or nothing."""

PromptOrder = Literal["shuffled", "curriculum"]
"""How the prompts of an update are chosen: in passes over all of them, or more often where groups disagreed so far."""


class PolicyConfig(Record):
    """How groups of samples are drawn from the policy, rewarded and turned into a gradient.

    Every update draws ``group_size`` samples for each of ``prompts_per_step`` prompts from the weights as they are, and
    is the only one that sees them. The advantage of a sample is its reward less the mean reward of its group.
    """

    steps: int = Field(ge=1)
    """Updates."""
    group_size: int = Field(default=8, ge=2)
    """Samples of a prompt."""
    prompts_per_step: int = Field(default=8, ge=1)
    temperature: float = Field(default=1.0, gt=0.0, le=10.0, allow_inf_nan=False)
    """Of sampling and loss alike. Nothing else truncates the distribution: the gradient is that of what was sampled."""
    max_new_tokens: int = Field(default=256, ge=1)
    beta: float = Field(default=0.0, ge=0.0, allow_inf_nan=False)
    """The weight of the divergence from the base model; 0 needs no base model beside the policy."""
    loss: PolicyLoss = "dapo"
    scale_rewards: RewardScale = "group"
    order: PromptOrder = "shuffled"
    partial_credit: bool = False
    """Whether a sample that fails is rewarded with the share of its tests that passed."""
    stop_entropy: float | None = Field(default=None, gt=0.0, allow_inf_nan=False)
    """The mean entropy (nats per token) of the last updates below which training ends; None never ends it early."""
    stop_idle: int | None = Field(default=None, ge=1)
    """Updates in a row without a gradient after which training ends; None never ends it early."""

    @property
    def rollouts_per_step(self) -> int:
        """Samples of an update."""
        return self.group_size * self.prompts_per_step

    @property
    def rollouts(self) -> int:
        """Samples of all updates."""
        return self.steps * self.rollouts_per_step

    @property
    def decoding(self) -> Decoding:
        """How the policy is sampled."""
        return Decoding(temperature=self.temperature, max_new_tokens=self.max_new_tokens)
