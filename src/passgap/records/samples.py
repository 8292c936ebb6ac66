"""Prompts, decoding settings, and the samples that a model generates."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple, Self

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from passgap.records.base import Record


class Decoding(Record):
    """How tokens are sampled, in the paper's order: temperature, then top-k, then top-p on the renormalised top-k.

    A ``temperature`` below 1e-5 is greedy. ``top_k`` 0, ``top_p`` 1.0 and ``min_p`` 0.0 mean no truncation. ``min_p``
    keeps the tokens with at least this share of the most likely one's probability (arXiv 2407.01082). It goes with
    top-k, whatever comes first, and not with top-p, which engines take before it or after it.
    """

    temperature: float = Field(ge=0.0, le=10.0, allow_inf_nan=False)
    top_k: int = Field(default=0, ge=0)
    top_p: float = Field(default=1.0, gt=0.0, le=1.0)
    max_new_tokens: int = Field(ge=1)
    min_p: float = Field(default=0.0, ge=0.0, lt=1.0)

    @model_validator(mode="after")
    def _one_nucleus(self) -> Self:
        if self.min_p > 0.0 and self.top_p < 1.0:
            raise ValueError("min-p without top-p (`top_p: 1.0`): engines apply the two in different orders")
        return self

    @model_serializer(mode="wrap")
    def _without_nothing(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        written: dict[str, Any] = dump(self)
        if not self.min_p:
            written.pop("min_p", None)
        return written

    @property
    def greedy(self) -> bool:
        return self.temperature < 1e-5

    @property
    def label(self) -> str:
        """The settings in words. Decodings with the same label differ at most in the token limit."""
        if self.greedy:
            return "greedy"
        nucleus = f", min-p {self.min_p:g}" if self.min_p else ""
        return f"temperature {self.temperature:g}, top-k {self.top_k or 'off'}, top-p {self.top_p:g}{nucleus}"

    @property
    def zero_signal(self) -> bool:
        """Whether self-training on such samples is a fixed point: temperature 1 without truncation."""
        return self.temperature == 1.0 and self.top_k == 0 and self.top_p == 1.0 and self.min_p == 0.0


class Exchange(Record):
    """A user's turn and the assistant's answer to it."""

    user: str
    answer: str


class Prompt(Record):
    """The input that an engine continues.

    With ``chat``, the engine renders ``system``, the ``earlier`` exchanges and ``user`` in the model's chat template
    and prefills the assistant's turn with ``prefix``; without, it continues ``user + prefix`` as plain text.
    Generation ends at the first occurrence of a ``stop`` string, which is not part of the completion.
    """

    user: str
    system: str | None = None
    prefix: str = ""
    stop: tuple[str, ...] = ()
    chat: bool = True
    earlier: tuple[Exchange, ...] = ()
    """The conversation before ``user``, as where solved problems are shown as demonstrations."""
    suffix: str | None = None
    """The text behind a gap, for a server that fills it in by itself; None where there is no gap, or where the model's
    own tokens in ``user`` say where it is."""

    @model_validator(mode="after")
    def _earlier_in_conversations_alone(self) -> Self:
        if self.earlier and not self.chat:
            raise ValueError("a prompt without turns has no earlier ones: put them into its text")
        if self.suffix is not None and self.chat:
            raise ValueError("a conversation has no text behind it")
        return self


class FinishReason(StrEnum):
    """Why a completion ended."""

    STOP = "stop"
    """The model generated an end token or a stop string."""
    LENGTH = "length"
    """It reached ``max_new_tokens``: the completion is truncated."""


class SampleKey(NamedTuple):
    """The identity of a sample within a task set."""

    problem_id: str
    sample: int
    """Its index among the samples of the problem."""

    def __str__(self) -> str:
        return f"{self.problem_id}#{self.sample}"


@dataclass(frozen=True, slots=True)
class SampleText:
    """A sample without its token ids and log-probabilities, which only training reads."""

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
    """One completion of a problem's prompt, with its provenance."""

    problem_id: str
    index: int = Field(ge=0)
    completion: str
    finish_reason: FinishReason
    seed: int
    prompt_tokens: int = Field(ge=0)
    completion_tokens: int = Field(ge=0)
    logprobs: tuple[float, ...] | None = None
    """The log-probability (nats) of each generated token under the model, without temperature or truncation; None if
    they were not kept."""
    tokens: tuple[int, ...] | None = None
    """The ids of all generated tokens, including the end token or the token that completed a stop string. None if the
    engine does not report them."""
    end_token: int | None = None
    """The end token that the model generated; None if the completion ended otherwise, or if it is not known."""
    stop: str | None = None
    """The stop string that ended the completion; None if it ended otherwise, or if it is not known."""

    @property
    def key(self) -> SampleKey:
        """The identity of the sample."""
        return SampleKey(self.problem_id, self.index)

    @property
    def text(self) -> SampleText:
        """The sample without its token ids and log-probabilities."""
        return SampleText(
            self.problem_id,
            self.index,
            self.completion,
            self.finish_reason,
            self.prompt_tokens,
            self.completion_tokens,
        )
