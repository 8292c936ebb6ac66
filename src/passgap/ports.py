"""The interfaces between the stages and the outside world: protocols with their contracts.

A returned value is a measurement, and a raised :class:`~passgap.errors.PassgapError` is a failure. No implementation
may turn one into the other: a crashed engine is never an empty completion, and a crashed sandbox never a failed sample.

The suites in ``passgap.testing`` hold implementations to these contracts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal, Protocol, TypeVar, runtime_checkable

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
"""Called with the number of units (samples, tokens, steps) finished since the last call."""


class EngineIdentity(Record):
    """Everything about an engine that can change its samples. Part of every sample's provenance."""

    engine: str
    """The engine's name in ``study.yaml``."""
    model: str
    """The name of the model's folder, or its name on a server."""
    model_digest: str
    """A hash of the model's weights, configuration and tokenizer, or of what a server reports about itself."""
    dtype: str
    """The floating-point type that is computed in."""
    device: str
    """The kind of device, or the URL of a server."""
    versions: dict[str, str] = Field(default_factory=dict)
    """The versions of libraries and the settings that can change samples, by name."""


class FolderModel(Record):
    """A model whose weights are on this machine, in a folder in Hugging Face layout."""

    folder: Path


class ServedModel(Record):
    """A model on a server. It can be sampled by its name; nothing else is known about it."""

    name: str
    base_url: str


ModelReference = FolderModel | ServedModel


class SampleRequest(Record):
    """A request for ``len(indices)`` samples of one problem's prompt, each with its own seed."""

    problem_id: str
    prompt: Prompt
    indices: tuple[int, ...] = Field(min_length=1)
    seeds: tuple[int, ...] = Field(min_length=1)


@runtime_checkable
class Sampler(Protocol):
    """Samples completions from one model."""

    @property
    def identity(self) -> EngineIdentity:
        """The identity of the engine and its model. Reading it loads no weights."""
        ...

    @property
    def concurrency(self) -> int:
        """How many calls of :meth:`sample`, each from a thread of its own, are worked on at once."""
        ...

    @property
    def devices(self) -> int:
        """The number of devices that all these calls use together. One device that is busy for a second is one
        device-second."""
        ...

    def sample(
        self, requests: Sequence[SampleRequest], decoding: Decoding, *, progress: Progress | None = None
    ) -> Iterator[Sample]:
        """Yield exactly one sample for each (request, index), in any order.

        A sample depends on the model, the decoding, the prompt and its seed. Given the same sequence of requests
        again, an engine whose device computes deterministically returns the same samples.

        Args:
            requests: the prompts, with the indices and seeds of their samples.
            decoding: how tokens are sampled. An engine that cannot honour a setting refuses it.
            progress: called with the number of new tokens.

        Raises:
            EngineError: the model could not be sampled, or prompts exceed its context (all of them are named). No
                placeholder is ever yielded.
        """
        ...

    def close(self) -> None:
        """Free the model's memory, and abort calls of :meth:`sample` in other threads. Safe to call twice."""
        ...


@runtime_checkable
class LogitSource(Protocol):
    """A model that reports its next-token logits on given text, for the learning signal."""

    def next_token_logits(self, prompt: Prompt, completion: str, limit: int) -> npt.NDArray[np.float32]:
        """Return the logits from which each token of a completion would be sampled.

        Returns:
            Shape (positions, vocabulary), for the first ``limit`` positions of the completion at most.

        Raises:
            EngineError: the model could not be run.
        """
        ...


@runtime_checkable
class TopLogprobSource(Protocol):
    """A model that reports only its most likely next tokens on given text, for the learning signal."""

    @property
    def vocabulary(self) -> int:
        """The number of tokens in the vocabulary."""
        ...

    def top_logprobs(self, prompt: Prompt, completion: str, limit: int) -> npt.NDArray[np.float64]:
        """Return the log-probabilities (nats), without temperature, of the most likely tokens at each position.

        Returns:
            Shape (positions, tokens), most likely first, for the first ``limit`` positions of the completion at most.

        Raises:
            EngineError: the server could not be queried, or reports no log-probabilities.
        """
        ...


class FineTuneJob(Record):
    """The fields of every kind of job: a fine-tune of ``base``, written to ``output``."""

    kind: str
    """The kind of job, which decides on the trainer. Each kind has its own record."""
    base: Path
    """The folder of the base model, in Hugging Face layout."""
    output: Path
    """The folder that the checkpoint is written to."""
    config: TrainConfig
    seed: int


class SupervisedJob(FineTuneJob):
    """A supervised fine-tune: cross-entropy on the completions of examples."""

    kind: Literal["supervised"] = "supervised"
    examples: tuple[TrainExample, ...]
    mix: Mix | None = None
    """Examples of other origin, of which as many are added as make up its ratio of all."""


TrainJob = SupervisedJob
"""A job of any kind: the union of the records, discriminated by ``kind``."""


class TrainResult(Record):
    """The result of a fine-tune of any kind."""

    checkpoint: Path
    """The folder of the tuned model."""
    examples: int
    """The number of examples that were trained on."""
    steps: int
    """The number of updates."""
    tokens: int
    """Tokens on which a loss was taken, over all epochs."""
    prompt_tokens: int
    """Prompt tokens that were processed, over all epochs."""
    dropped_too_long: int
    """Examples that were left out because they exceed ``max_length``."""
    losses: tuple[tuple[int, float], ...]
    """(step, mean loss); of cross-entropy, in nats per token."""
    seconds: float
    """Wall-clock time."""
    versions: dict[str, str] = Field(default_factory=dict)


class SupervisedResult(TrainResult):
    """The result of a supervised fine-tune."""

    pass_tokens: int = 0
    """Completion tokens in one epoch."""
    mixed_examples: int = 0
    """The number of examples that were mixed in."""
    mixed_tokens: int = 0
    """The part of ``pass_tokens`` that belongs to examples that were mixed in."""
    mixed_too_long: int = 0
    """Examples to mix in that exceed ``max_length``: they were replaced by the following ones."""


JobT_contra = TypeVar("JobT_contra", bound=FineTuneJob, contravariant=True)


@runtime_checkable
class Trainer(Protocol[JobT_contra]):
    """Fine-tunes models, by jobs of one kind."""

    def train(self, job: JobT_contra, *, progress: Progress | None = None) -> TrainResult:
        """Train, and write the checkpoint as a folder that an engine can load.

        The same job gives the same checkpoint on a device that computes deterministically. Examples that exceed
        ``max_length`` are left out and counted.

        Args:
            job: the base model, the data, the configuration and the seed.
            progress: called with the number of finished steps.

        Raises:
            EngineError: the base model cannot be loaded, there is too little to train on, or the loss is not finite.
                ``job.output`` does not exist then.
        """
        ...


@runtime_checkable
class Executor(Protocol):
    """Runs untrusted programs against tests."""

    @property
    def devices(self) -> int:
        """The number of devices that are reserved while programs run."""
        ...

    def run(
        self, jobs: Iterable[ExecutionJob], *, ordered: bool = False, progress: Progress | None = None
    ) -> Iterator[ExecutionResult]:
        """Yield exactly one result per job, as they finish or in the order of the jobs.

        Nothing that a program does raises an exception here: it always has an outcome. A job that the sandbox fails to
        run is retried once, and is then ``UNSCORED`` with the reason.

        Args:
            jobs: the jobs, which are consumed as workers become free.
            ordered: whether results are yielded in the order of the jobs.
            progress: called with the number of finished jobs.

        Raises:
            ExecutionError: the sandbox cannot be set up on this machine.
        """
        ...

    def close(self) -> None:
        """Stop all workers, and return when none is left. Safe to call twice."""
        ...


@runtime_checkable
class Verifier(Protocol):
    """Decides which completions the verifier-aware arm may train on."""

    @property
    def name(self) -> str:
        """The name under which the verifier is declared and registered."""
        ...

    def verify(self, pairs: Iterable[tuple[Problem, str]]) -> Iterator[Outcome]:
        """Yield one outcome per (problem, completion), in order.

        A completion that could not be checked is ``UNSCORED``; it is neither accepted nor rejected.

        Raises:
            VerifierError: the verifier cannot be set up.
        """
        ...


class Clock(Protocol):
    """The only source of the time."""

    def now(self) -> dt.datetime:
        """Return the time in UTC, as an aware datetime."""
        ...

    def monotonic(self) -> float:
        """Return the seconds since an arbitrary start. Only differences are meaningful."""
        ...
