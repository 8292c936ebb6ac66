"""What a model is asked, how its tokens are drawn, and what it answers."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from pydantic import Field

from passgap.records.base import Record


class Decoding(Record):
    """How tokens are drawn, in the paper's order: temperature, then top-k, then top-p on the renormalised top-k.

    ``temperature`` below 1e-5 is greedy. ``top_k`` 0 and ``top_p`` 1.0 mean no truncation.
    """

    temperature: float = Field(ge=0.0, le=10.0, allow_inf_nan=False)
    top_k: int = Field(default=0, ge=0)
    top_p: float = Field(default=1.0, gt=0.0, le=1.0)
    max_new_tokens: int = Field(ge=1)

    @property
    def greedy(self) -> bool:
        return self.temperature < 1e-5

    @property
    def label(self) -> str:
        """How tokens are drawn, in words; two decodings with one label draw alike, but for the token limit."""
        if self.greedy:
            return "greedy"
        return f"temperature {self.temperature:g}, top-k {self.top_k or 'off'}, top-p {self.top_p:g}"

    @property
    def zero_signal(self) -> bool:
        """Whether self-training on these samples is a fixed point: T = 1 with nothing truncated."""
        return self.temperature == 1.0 and self.top_k == 0 and self.top_p == 1.0


class Prompt(Record):
    """The input that an engine is asked to continue.

    With ``chat`` the engine wraps ``system`` and ``user`` in the model's chat template and begins the assistant's
    turn with ``prefix``; without, it continues ``user + prefix`` as plain text. Generation ends at the first of
    ``stop``, which is not part of the completion.
    """

    user: str
    system: str | None = None
    prefix: str = ""
    stop: tuple[str, ...] = ()
    chat: bool = True


class FinishReason(StrEnum):
    """Why a completion ended."""

    STOP = "stop"
    """The model ended its answer or wrote a stop string."""
    LENGTH = "length"
    """It reached ``max_new_tokens``: a truncated completion, counted wherever samples are counted."""


class SampleKey(NamedTuple):
    """The identity of a sample within a task set."""

    problem_id: str
    index: int

    def __str__(self) -> str:
        return f"{self.problem_id}#{self.index}"


class SampleText(NamedTuple):
    """A sample less its token ids and log-probabilities, which only training reads."""

    problem_id: str
    index: int
    completion: str
    finish_reason: FinishReason
    prompt_tokens: int
    completion_tokens: int

    @property
    def key(self) -> SampleKey:
        """The identity of the sample."""
        return SampleKey(self.problem_id, self.index)


class Sample(Record):
    """One completion of one problem's prompt."""

    problem_id: str
    index: int = Field(ge=0)
    completion: str
    finish_reason: FinishReason
    seed: int
    prompt_tokens: int = Field(ge=0)
    completion_tokens: int = Field(ge=0)
    logprobs: tuple[float, ...] | None = None
    """The model's own log-probability of each drawn token, untempered and untruncated; None where none were kept."""
    tokens: tuple[int, ...] | None = None
    """The ids of all drawn tokens, up to and with what ended the sample: the end token, or the token in which a stop
    string was completed. None where the engine does not tell them."""
    end_token: int | None = None
    """The token with which the model ended its answer; None where it ended otherwise, or that is not known."""
    stop: str | None = None
    """The stop string that ended it; None where it ended otherwise, or that is not known."""

    @property
    def key(self) -> SampleKey:
        """The identity of the sample."""
        return SampleKey(self.problem_id, self.index)

    @property
    def text(self) -> SampleText:
        """The sample less its token ids and log-probabilities."""
        return SampleText(
            self.problem_id,
            self.index,
            self.completion,
            self.finish_reason,
            self.prompt_tokens,
            self.completion_tokens,
        )
