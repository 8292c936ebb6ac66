"""The sampler of a model that is being trained, and the scorer of its samples."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from passgap.ports.progress import Progress
from passgap.ports.samplers import SampleRequest
from passgap.records import Decoding, Outcome, Problem, Prompt, Sample


@runtime_checkable
class PolicySampler(Protocol):
    """Samples a model whose weights change between calls."""

    def refresh(self, weights: Iterable[tuple[str, Any]]) -> None:
        """Take over weights: the next call of :meth:`sample` draws from a copy of them.

        Args:
            weights: tensors, each under its name among the parameters of the base model. Those that are not given
                stay as they are.

        Raises:
            EngineError: the base model has no parameter of such a name and shape.
        """
        ...

    def sample(
        self, requests: Sequence[SampleRequest], decoding: Decoding, *, progress: Progress | None = None
    ) -> Iterator[Sample]:
        """Yield exactly one sample for each (request, index), in any order, with its tokens and log-probabilities.

        The log-probabilities are those that the tokens were drawn with: of the logits divided by the temperature. The
        same requests give the same samples from the same weights.

        Raises:
            EngineError: the model could not be sampled, or prompts exceed its context.
        """
        ...

    def close(self) -> None:
        """Free the model's memory. Safe to call twice."""
        ...


@dataclass(frozen=True)
class Rollout:
    """A sample of the policy, with what it answers."""

    problem: Problem
    prompt: Prompt
    sample: Sample


class Scorer(Protocol):
    """Runs the programs of samples on the tests of their problems."""

    def __call__(self, rollouts: Sequence[Rollout]) -> Sequence[Outcome]:
        """Return the outcome of each, in their order.

        A sample that the sandbox could not run is ``UNSCORED``, never failed.

        Raises:
            ExecutionError: the sandbox cannot be set up on this machine.
        """
        ...
