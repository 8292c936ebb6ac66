"""Engines that report how likely a model finds given tokens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from passgap.records import Prompt


@runtime_checkable
class LikelihoodSource(Protocol):
    """A model that reports its own probabilities of given tokens, without temperature or truncation.

    Completions are given as token ids of the model's own tokenizer, as samples carry them
    (:attr:`passgap.records.Sample.tokens`): encoding a text again may give other tokens, and would lose its end token.
    """

    def token_logprobs(self, prompt: Prompt, completions: Sequence[Sequence[int]]) -> Iterator[npt.NDArray[np.float64]]:
        """Yield the log-probability (nats) of every token of each completion of a prompt, in their order.

        Raises:
            EngineError: the model could not be run.
        """
        ...

    def logits_of_tokens(self, prompt: Prompt, tokens: Sequence[int]) -> npt.NDArray[np.float32]:
        """Return the logits that each of these tokens would be sampled from, of shape (tokens, vocabulary).

        A constant may be added to the logits of a position: log-probabilities are logits too.

        Raises:
            EngineError: the model could not be run.
        """
        ...


@runtime_checkable
class TextLikelihoodSource(Protocol):
    """A model that reports its own probabilities of text that no model sampled, such as a person's program."""

    def text_logprobs(self, prompt: Prompt, text: str, limit: int) -> npt.NDArray[np.float64]:
        """Return the log-probability (nats) of each of the first ``limit`` tokens of a text behind a prompt.

        Raises:
            EngineError: the model could not be run.
        """
        ...
