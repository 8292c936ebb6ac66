"""Completions whose likelihood is measured, and what a model says of them."""

from __future__ import annotations

from pydantic import Field

from passgap.records.base import Record
from passgap.records.samples import Prompt, SampleKey


class GivenTokens(Record):
    """A completion of a problem's prompt, as token ids of the model's tokenizer."""

    problem_id: str
    index: int = Field(ge=0)
    """Of the sample among those of the problem."""
    prompt: Prompt
    tokens: tuple[int, ...] = Field(min_length=1)
    """With the end token, where the model wrote one."""


class GivenText(Record):
    """A text behind a problem's prompt that no model sampled."""

    problem_id: str
    prompt: Prompt
    text: str = Field(min_length=1)


class Likelihood(Record):
    """How likely a model finds a completion."""

    problem_id: str
    index: int = Field(ge=0)
    logprob: float = Field(allow_inf_nan=False, le=1e-6)
    """Of the whole completion, in nats."""
    tokens: int = Field(ge=1)

    @property
    def key(self) -> SampleKey:
        """The identity of the sample."""
        return SampleKey(self.problem_id, self.index)

    @property
    def per_token(self) -> float:
        """The mean log-probability of a token, in nats."""
        return self.logprob / self.tokens


class TemperedLikelihood(Record):
    """How likely a model finds a completion at several temperatures."""

    problem_id: str
    index: int = Field(ge=0)
    logprobs: tuple[float, ...]
    """Of the whole completion, in nats, at each temperature."""
    tokens: int = Field(ge=1)


class TokenProfile(Record):
    """How a model spreads its next-token probability, over the positions of a completion."""

    entropy: float = Field(allow_inf_nan=False, ge=0.0)
    """In nats, summed over positions."""
    locks: int = Field(ge=0)
    """Positions at which one token has nearly all probability."""
    forks: int = Field(ge=0)
    """Positions at which no token has half of it."""


class Divergence(Record):
    """How far a model is from its base model on a completion: sums over its first positions, in nats."""

    problem_id: str
    index: int = Field(ge=0)
    divergence: float = Field(allow_inf_nan=False, ge=0.0)
    """KL(base || model) of the next token, over the whole vocabulary, summed over positions."""
    positions: int = Field(ge=1)
    base_profile: TokenProfile | None = None
    """Of the base model on the same positions; None where an earlier version measured it."""
    profile: TokenProfile | None = None
    """Of the model."""
