"""Reward jobs: a policy gradient on rewards for samples that are drawn while the model is trained."""

from __future__ import annotations

from typing import Literal

from passgap.ports.trainers import FineTuneJob, TrainResult
from passgap.records import PolicyConfig, Problem, Prompt, Record


class RewardPrompt(Record):
    """A prompt to draw samples for, and the problem whose tests reward them."""

    problem: Problem
    prompt: Prompt


class RewardJob(FineTuneJob):
    """Reinforcement learning with a verifiable reward: samples are rewarded with the outcome of their problem's tests.

    Of ``config``, the learning rate and its schedule, the optimiser, the method and the limits count; its batch is the
    samples of an update, and its one epoch sees each of them once.
    """

    kind: Literal["reward"] = "reward"
    prompts: tuple[RewardPrompt, ...]
    policy: PolicyConfig


class GroupOutcome(Record):
    """The rewards of the samples of one prompt in one update."""

    problem_id: str
    passed: int
    scored: int
    unscored: int
    informative: bool
    """Whether the rewards differ, so that the group has a gradient."""


class RewardStep(Record):
    """One update: its samples, their rewards, and the policy that drew them."""

    step: int
    """From 1."""
    groups: tuple[GroupOutcome, ...]
    reward: float | None
    """The mean over scored samples; None where none could be scored."""
    truncated: int
    """Samples that reached the token limit."""
    tokens: int
    """Completion tokens."""
    prompt_tokens: int
    """Prompt tokens, counted for every sample."""
    entropy: float
    """The policy's mean entropy in nats per completion token, at the temperature of sampling."""
    logprob_difference: float
    """The mean absolute difference, in nats per token, between the log-probability that sampling gave a token and the
    one that training gives it."""
    largest_logprob_difference: float
    loss: float
    grad_norm: float | None
    """Before clipping; None where the version of the library does not report it."""
    divergence: float | None = None
    """The mean divergence from the base model in nats per token; None where ``beta`` is 0."""
    rollout_seconds: float
    """Wall-clock time of drawing the samples, with bringing the weights to the sampler."""
    reward_seconds: float
    """Wall-clock time of running their programs."""
    update_seconds: float
    """Wall-clock time of the rest of the update."""


class RewardResult(TrainResult):
    """The result of a reward job. Its examples are the policy's samples, each of which is seen once."""

    curve: tuple[RewardStep, ...]
    """Every update."""
    rollouts: int
    """Samples that were drawn and run within the fine-tune."""
    ended_early: str | None = None
    """Why training ended before its last step; None where it did not."""
