"""The stages' needs of the outside world, as protocols with their contracts.

A returned value is a measurement; a raised :class:`~passgap.errors.PassgapError` is a fault. No implementation may turn
one into the other: a dead engine is never an empty completion, a dead jail is never a failed sample.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
from pydantic import Field

from passgap.records import (
    Decoding,
    ExecutionJob,
    ExecutionResult,
    Mix,
    Outcome,
    Problem,
    Prompt,
    Record,
    Sample,
    TrainConfig,
    TrainExample,
)

Progress = Callable[[int], None]
"""Called with the number of units (samples, tokens, steps) done since the last call."""


class EngineIdentity(Record):
    """Everything about an engine that can change its samples; part of every sample's provenance."""

    engine: str
    model: str
    model_digest: str
    """A hash over the model's weights and tokenizer, or what the server reports of itself."""
    dtype: str
    device: str
    versions: dict[str, str] = Field(default_factory=dict)


class FolderModel(Record):
    """A model whose weights are here, as a folder in Hugging Face layout."""

    folder: Path


class ServedModel(Record):
    """A model that a server has: it can be sampled under its name, and nothing else is known of it."""

    name: str
    base_url: str


ModelReference = FolderModel | ServedModel


class SampleRequest(Record):
    """``len(indices)`` samples of one problem's prompt, each with its own seed."""

    problem_id: str
    prompt: Prompt
    indices: tuple[int, ...] = Field(min_length=1)
    seeds: tuple[int, ...] = Field(min_length=1)


@runtime_checkable
class Sampler(Protocol):
    """Draws completions from one model."""

    @property
    def identity(self) -> EngineIdentity: ...

    @property
    def lanes(self) -> int:
        """How many calls of :meth:`sample`, each from a thread of its own, are worked on at once."""
        ...

    @property
    def devices(self) -> int:
        """How many devices those calls are worked on by, all together: a second of each is a device-second."""
        ...

    def sample(
        self, requests: Sequence[SampleRequest], decoding: Decoding, *, progress: Progress | None = None
    ) -> Iterator[Sample]:
        """Yield exactly one sample for each (request, index), in any order.

        A sample depends on the model, the decoding, the prompt and its seed. Called again with the same sequence
        of requests, an engine whose device computes deterministically gives the same samples. ``progress`` is
        called with new tokens.

        Raises:
            EngineError: the model could not be sampled, or a prompt does not fit its context (every such prompt is
                named). No placeholder is ever yielded.
        """
        ...

    def close(self) -> None:
        """Free the model's memory, and give up what other threads are drawing. Safe to call twice."""
        ...


@runtime_checkable
class LogitSource(Protocol):
    """Gives a model's own next-token logits on text that is already there, for the learning signal (R2b)."""

    def next_token_logits(self, prompt: Prompt, completion: str, limit: int) -> npt.NDArray[np.float32]:
        """The logits at each token of a completion, before that token is drawn.

        Returns:
            Shape (positions, vocabulary), for at most ``limit`` positions from the completion's beginning.

        Raises:
            EngineError: the model could not be run.
        """
        ...


@runtime_checkable
class TopLogprobSource(Protocol):
    """Gives a model's most likely next tokens on text that is already there, where nobody gives all of them (R2b)."""

    @property
    def vocabulary(self) -> int:
        """How many tokens there are."""
        ...

    def top_logprobs(self, prompt: Prompt, completion: str, limit: int) -> npt.NDArray[np.float64]:
        """The model's own log-probabilities, untempered, at each token of a completion before that token is drawn.

        Returns:
            Shape (positions, tokens), most likely first, for at most ``limit`` positions from the beginning.

        Raises:
            EngineError: the model could not be asked.
        """
        ...


class TrainJob(Record):
    """A fine-tune of ``base`` (a folder in Hugging Face layout) on ``examples``, written to ``output``."""

    base: Path
    output: Path
    config: TrainConfig
    seed: int


class TrainResult(Record):
    """The result of a finished fine-tune."""

    checkpoint: Path
    examples: int
    steps: int
    tokens: int
    """Completion tokens on which a loss was taken, over all epochs."""
    prompt_tokens: int
    """Tokens of prompts that were read for them, over all epochs."""
    dropped_too_long: int
    """Examples longer than ``max_length``, left out, counted and reported."""
    losses: tuple[tuple[int, float], ...]
    """(step, mean loss in nats a token)."""
    seconds: float
    versions: dict[str, str] = Field(default_factory=dict)
    pass_tokens: int = 0
    """Completion tokens of one pass through all examples."""
    mixed_examples: int = 0
    """Of the examples, those that were mixed in."""
    mixed_tokens: int = 0
    """Of ``pass_tokens``, those of examples that were mixed in."""
    mixed_too_long: int = 0
    """Examples to mix in that were longer than ``max_length``, left out and replaced by the next ones."""


@runtime_checkable
class Trainer(Protocol):
    """Fine-tunes a model on examples."""

    def train(
        self,
        job: TrainJob,
        examples: Sequence[TrainExample],
        *,
        mix: Mix | None = None,
        progress: Progress | None = None,
    ) -> TrainResult:
        """Train and write the checkpoint as a folder that an engine loads; ``output`` appears whole or not at all.

        Of ``mix`` so many examples join those of ``examples`` that fit as make up its ratio of all. ``progress`` is
        called with finished steps.

        Raises:
            EngineError: the base cannot be loaded, nothing is left to train on, there is too little to mix in, or the
                loss is not finite.
        """
        ...


@runtime_checkable
class Executor(Protocol):
    """Runs programs that nobody trusts."""

    @property
    def devices(self) -> int:
        """How many devices are held while programs run: a second of each is a device-second."""
        ...

    def run(
        self, jobs: Iterable[ExecutionJob], *, ordered: bool = False, progress: Progress | None = None
    ) -> Iterator[ExecutionResult]:
        """Yield one result for each job, as they finish or in order; ``jobs`` is drawn from as room allows.

        A program can do nothing that raises here: whatever it does is an outcome. A fault of the sandbox is
        retried once and then comes back as ``UNSCORED`` with the reason.

        Raises:
            ExecutionError: the sandbox cannot be set up on this machine.
        """
        ...

    def close(self) -> None:
        """Stop every worker and wait until none is left. Safe to call twice."""
        ...


@runtime_checkable
class Verifier(Protocol):
    """Says whether a completion may be trained on in the verifier-aware arm."""

    @property
    def name(self) -> str: ...

    def verify(self, pairs: Iterable[tuple[Problem, str]]) -> Iterator[Outcome]: ...


class Clock(Protocol):
    """The time, so that nothing else asks for it."""

    def now(self) -> dt.datetime:
        """The time in UTC, with its zone."""
        ...

    def monotonic(self) -> float:
        """Seconds from an arbitrary start; only differences mean something."""
        ...
