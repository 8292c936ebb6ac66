"""Continuous batching: completions are started from a queue, computed a token at a time, and replaced as they end."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from passgap.engines.common.completion import Completion
from passgap.engines.common.prompt_encoder import EncodedRequest
from passgap.engines.local.decoder import Decoder
from passgap.engines.local.sequences import RunningSequence, RunningSequences
from passgap.engines.local.token_sampling import logprobs_of, sample_tokens
from passgap.ports import Progress
from passgap.records import Decoding, Sample


class Scheduler:
    """Samples requests, at most ``batch_size`` completions at a time.

    Args:
        decoder: the model.
        tokenizer: its tokenizer.
        ends: the tokens that end an answer.
        decoding: how tokens are sampled.
        batch_size: the most completions that are generated at once.
        keep_logprobs: whether samples carry the log-probabilities of their tokens.
        logprobs_at: the temperature of these log-probabilities.
    """

    def __init__(
        self,
        decoder: Decoder,
        tokenizer: Any,
        ends: frozenset[int],
        decoding: Decoding,
        batch_size: int,
        *,
        keep_logprobs: bool = False,
        logprobs_at: float = 1.0,
    ) -> None:
        self._decoder = decoder
        self._tokenizer = tokenizer
        self._ends = ends
        self._decoding = decoding
        self._batch_size = batch_size
        self._keep_logprobs = keep_logprobs
        self._logprobs_at = logprobs_at

    def run(self, requests: Sequence[EncodedRequest], progress: Progress | None) -> Iterator[Sample]:
        """Yield every sample of the requests as it ends."""
        running = RunningSequences(self._decoder, self._decoding.max_new_tokens)
        waiting = self._prefilled(requests)
        next_up = next(waiting, None)
        while next_up is not None or running.sequences:
            while next_up is not None and running.completions + len(next_up.sequence.completions) <= self._batch_size:
                [groups] = yield from self._sample([next_up.sequence], next_up.logits, progress)
                running.add(next_up.sequence, groups)
                next_up = next(waiting, None)
            if running.sequences:
                sequences, hidden = running.step()
                split = yield from self._sample(sequences, self._decoder.logits(hidden), progress)
                for sequence, groups in zip(sequences, split, strict=True):
                    running.split(sequence, groups)

    def _prefilled(self, requests: Sequence[EncodedRequest]) -> Iterator[_Prefilled]:
        """Prefill the prompts, each when its turn comes; at most ``batch_size`` completions of one prompt together.

        Prompts that run together are padded to the longest among them, so those of about one length follow each other.
        """
        for encoded in sorted(requests, key=lambda each: len(each.tokens), reverse=True):
            prefix, hidden = self._decoder.prefill(torch.tensor(encoded.tokens, device=self._decoder.device))
            logits = self._decoder.logits(hidden[-1:])
            started = [
                Completion(encoded.request, index, seed, encoded.tokens)
                for index, seed in zip(encoded.request.indices, encoded.request.seeds, strict=True)
            ]
            for start in range(0, len(started), self._batch_size):
                yield _Prefilled(RunningSequence(prefix, started[start : start + self._batch_size]), logits)

    def _sample(
        self, sequences: Sequence[RunningSequence], logits: Tensor, progress: Progress | None
    ) -> Generator[Sample, None, list[list[list[Completion]]]]:
        """Sample each completion's next token from its sequence's logits, and yield the samples that end with it.

        Returns:
            For each sequence the completions that go on, grouped by their new token.
        """
        completions = [(number, each) for number, sequence in enumerate(sequences) for each in sequence.completions]
        seeds = [each.seed for _, each in completions]
        positions = [len(each.tokens) for _, each in completions]
        owners = [number for number, _ in completions]
        sampled = sample_tokens(logits, self._decoding, seeds, positions, owners)
        logprobs: Sequence[float | None] = [None] * len(owners)
        if self._keep_logprobs:
            logprobs = logprobs_of(logits, sampled, owners, temperature=self._logprobs_at).tolist()
        if progress is not None:
            progress(len(sampled))
        groups: list[dict[int, list[Completion]]] = [{} for _ in sequences]
        for (number, completion), token, logprob in zip(completions, sampled.tolist(), logprobs, strict=True):
            sample = completion.append(token, self._ends, self._tokenizer, self._decoding.max_new_tokens, logprob)
            if sample is None:
                groups[number].setdefault(token, []).append(completion)
            else:
                yield sample
        return [list(group.values()) for group in groups]


@dataclass(frozen=True)
class _Prefilled:
    """A sequence whose prompt has been prefilled, and the logits of its first new token."""

    sequence: RunningSequence
    logits: Tensor
