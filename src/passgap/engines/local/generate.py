"""Any causal language model of transformers, through its ``generate``: slower than the decoder, and as exact.

``generate`` does what a decoder of passgap's own could not do for every architecture: caches, masks, positions,
recurrent states. It is not left to sample: each token is sampled as in the fast path, by the completion's own seed and
position, and handed to ``generate`` as the only possible token. Both paths therefore sample from the same distribution,
and but for rounding a sample does not depend on which sequences share its batch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import GenerationConfig, LogitsProcessor, LogitsProcessorList, StoppingCriteria, StoppingCriteriaList

from passgap.engines.common.completion import Completion
from passgap.engines.common.prompt_encoder import EncodedRequest
from passgap.engines.local.token_sampling import logprobs_of, sample_tokens
from passgap.ports import Progress
from passgap.records import Decoding, Sample

MAX_BATCH_SIZE = 64
"""Each sequence has a KV cache of its own, its prompt's part included."""


class GenerateModel:
    """Samples requests in batches of one prompt length each: padding is not exact for every architecture.

    Args:
        model: a loaded model of transformers.
        tokenizer: its tokenizer.
        ends: the tokens that end an answer.
        batch_size: the most completions that are generated at once.
        keep_logprobs: whether samples carry the log-probabilities of their tokens.
        logprobs_at: the temperature of these log-probabilities.
    """

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        ends: frozenset[int],
        batch_size: int,
        *,
        keep_logprobs: bool = False,
        logprobs_at: float = 1.0,
    ) -> None:
        self._model = model
        self._tokenizer = tokenizer
        self._ends = ends
        self._batch_size = min(batch_size, MAX_BATCH_SIZE)
        self._keep_logprobs = keep_logprobs
        self._logprobs_at = logprobs_at
        # A model's own config may hold penalties and banned tokens, which the decoding of a study does not.
        model.generation_config = GenerationConfig(pad_token_id=min(ends, default=0))  # type: ignore[no-untyped-call]

    def run(
        self, requests: Sequence[EncodedRequest], decoding: Decoding, progress: Progress | None
    ) -> Iterator[Sample]:
        """Yield every sample of the requests, batch by batch."""
        by_length: dict[int, list[tuple[EncodedRequest, int]]] = {}
        for encoded in requests:
            of_length = by_length.setdefault(len(encoded.tokens), [])
            of_length.extend((encoded, position) for position in range(len(encoded.request.indices)))
        for wanted in by_length.values():
            for start in range(0, len(wanted), self._batch_size):
                yield from self._generate(wanted[start : start + self._batch_size], decoding, progress)

    @torch.inference_mode()
    def logits(self, tokens: Sequence[int]) -> Tensor:
        """The next-token logits at every position of a text, of shape (tokens, vocabulary)."""
        logits: Tensor = self._model(torch.tensor([tokens], device=self._model.device)).logits[0]
        return logits

    def _generate(
        self, wanted: Sequence[tuple[EncodedRequest, int]], decoding: Decoding, progress: Progress | None
    ) -> list[Sample]:
        prompts = torch.tensor([encoded.tokens for encoded, _ in wanted], device=self._model.device)
        batch = _RunningBatch(
            [
                Completion(each.request, each.request.indices[place], each.request.seeds[place], each.tokens)
                for each, place in wanted
            ],
            self._tokenizer,
            self._ends,
            decoding,
            progress,
            logprobs_at=self._logprobs_at if self._keep_logprobs else None,
        )
        self._model.generate(
            inputs=prompts,
            attention_mask=torch.ones_like(prompts),
            max_new_tokens=decoding.max_new_tokens,
            do_sample=False,
            logits_processor=LogitsProcessorList([_OwnSampling(batch)]),
            stopping_criteria=StoppingCriteriaList([_OwnStopping(batch)]),
        )
        return batch.samples


class _RunningBatch:
    """The completions that one call of ``generate`` computes."""

    def __init__(
        self,
        completions: Sequence[Completion],
        tokenizer: Any,
        ends: frozenset[int],
        decoding: Decoding,
        progress: Progress | None,
        *,
        logprobs_at: float | None,
    ) -> None:
        self._completions = completions
        self._logprobs_at = logprobs_at
        self._logprobs: list[float | None] = [None] * len(completions)
        self._tokenizer = tokenizer
        self._ends = ends
        self._decoding = decoding
        self._progress = progress
        self._position = 0
        self._running = [True] * len(completions)
        self.samples: list[Sample] = []

    def next_tokens(self, logits: Tensor) -> Tensor:
        """Sample the next token of every completion."""
        seeds = [completion.seed for completion in self._completions]
        tokens = sample_tokens(logits, self._decoding, seeds, [self._position] * len(seeds))
        if self._logprobs_at is not None:
            self._logprobs = list(logprobs_of(logits, tokens, temperature=self._logprobs_at).tolist())
        return tokens

    def append(self, tokens: Sequence[int]) -> list[bool]:
        """Append every completion's next token, and say which completions have ended."""
        self._position += 1
        if self._progress is not None:
            self._progress(sum(self._running))
        for number, (completion, token) in enumerate(zip(self._completions, tokens, strict=True)):
            if self._running[number]:
                limit = self._decoding.max_new_tokens
                sample = completion.append(token, self._ends, self._tokenizer, limit, self._logprobs[number])
                if sample is not None:
                    self.samples.append(sample)
                    self._running[number] = False
        return [not running for running in self._running]


class _OwnSampling(LogitsProcessor):
    """Leaves, of each completion's possible next tokens, the one that was sampled."""

    def __init__(self, batch: _RunningBatch) -> None:
        self._batch = batch

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        del input_ids
        tokens = self._batch.next_tokens(scores)
        return torch.full_like(scores, float("-inf")).scatter_(1, tokens[:, None], 0.0)


class _OwnStopping(StoppingCriteria):
    """Ends a completion where the local engine ends it: an end token, a stop string, or the token limit."""

    def __init__(self, batch: _RunningBatch) -> None:
        self._batch = batch

    def __call__(self, input_ids: Tensor, scores: Any, **options: Any) -> Tensor:
        del scores, options
        return torch.tensor(self._batch.append(input_ids[:, -1].tolist()), device=input_ids.device)
