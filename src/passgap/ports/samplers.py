"""Engines that sample a model, or report its distribution on given text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
from pydantic import Field

from passgap.ports.progress import Progress
from passgap.records import Decoding, Prompt, Record, Sample


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
class TokenCounter(Protocol):
    """A sampler that says how long prompts are before anything is drawn, for prompts that are fitted into a context."""

    @property
    def context_tokens(self) -> int:
        """The most tokens of a prompt and its completion together."""
        ...

    def count_tokens(self, prompt: Prompt) -> int | None:
        """The number of tokens of a rendered prompt; None where only the server's own tokenizer knows it.

        Raises:
            EngineError: the prompt cannot be rendered.
        """
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
