"""Any causal language model of transformers, through its ``generate``: slower than the decoder, and as exact.

``generate`` does what no decoder of ours could do for every architecture: caches, masks, positions, recurrent states.
What it is not left to do is drawing. Each token is drawn as in the fast path, by the row's own seed and position, and
handed to ``generate`` as the only token possible; so both paths draw from the same distribution, and but for rounding a
sample does not depend on which rows share its batch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import GenerationConfig, LogitsProcessor, LogitsProcessorList, StoppingCriteria, StoppingCriteriaList

from passgap.engines.common.completion import Completion
from passgap.engines.common.prompt_encoder import EncodedRequest
from passgap.engines.local.token_sampling import draw, logprobs_of
from passgap.ports import Progress
from passgap.records import Decoding, Sample

MOST_ROWS = 64
"""Each row holds a key-value cache of its own, its prompt's part included."""


class GenerateModel:
    """Samples requests in batches of one prompt length each: padding is not exact for every architecture.

    Args:
        model: a loaded model of transformers.
        tokenizer: its tokenizer.
        ends: the tokens that end an answer.
        rows: how many completions are written at once, at most.
        keep_logprobs: whether samples carry the log-probabilities of their tokens.
    """

    def __init__(
        self, model: Any, tokenizer: Any, ends: frozenset[int], rows: int, *, keep_logprobs: bool = False
    ) -> None:
        self._model = model
        self._tokenizer = tokenizer
        self._ends = ends
        self._rows = min(rows, MOST_ROWS)
        self._keep_logprobs = keep_logprobs
        # A model's own config may hold penalties and banned tokens, which the decoding of a study does not.
        model.generation_config = GenerationConfig(pad_token_id=min(ends, default=0))  # type: ignore[no-untyped-call]

    def run(
        self, requests: Sequence[EncodedRequest], decoding: Decoding, progress: Progress | None
    ) -> Iterator[Sample]:
        """Yield every sample of the requests, batch by batch."""
        by_length: dict[int, list[tuple[EncodedRequest, int]]] = {}
        for encoded in requests:
            alike = by_length.setdefault(len(encoded.tokens), [])
            alike.extend((encoded, position) for position in range(len(encoded.request.indices)))
        for pieces in by_length.values():
            for start in range(0, len(pieces), self._rows):
                yield from self._generate(pieces[start : start + self._rows], decoding, progress)

    @torch.inference_mode()
    def logits(self, tokens: Sequence[int]) -> Tensor:
        """The next-token logits at every position of a text, of shape (tokens, vocabulary)."""
        logits: Tensor = self._model(torch.tensor([tokens], device=self._model.device)).logits[0]
        return logits

    def _generate(
        self, batch: Sequence[tuple[EncodedRequest, int]], decoding: Decoding, progress: Progress | None
    ) -> list[Sample]:
        prompts = torch.tensor([encoded.tokens for encoded, _ in batch], device=self._model.device)
        writing = _Writing(
            [
                Completion(each.request, each.request.indices[place], each.request.seeds[place], each.tokens)
                for each, place in batch
            ],
            self._tokenizer,
            self._ends,
            decoding,
            progress,
            keep_logprobs=self._keep_logprobs,
        )
        self._model.generate(
            inputs=prompts,
            attention_mask=torch.ones_like(prompts),
            max_new_tokens=decoding.max_new_tokens,
            do_sample=False,
            logits_processor=LogitsProcessorList([_Drawing(writing)]),
            stopping_criteria=StoppingCriteriaList([_Ending(writing)]),
        )
        return writing.samples


class _Writing:
    """The completions of one batch."""

    def __init__(
        self,
        completions: Sequence[Completion],
        tokenizer: Any,
        ends: frozenset[int],
        decoding: Decoding,
        progress: Progress | None,
        *,
        keep_logprobs: bool,
    ) -> None:
        self._completions = completions
        self._keep_logprobs = keep_logprobs
        self._logprobs: list[float | None] = [None] * len(completions)
        self._tokenizer = tokenizer
        self._ends = ends
        self._decoding = decoding
        self._progress = progress
        self._written = 0
        self._live = [True] * len(completions)
        self.samples: list[Sample] = []

    def drawn(self, logits: Tensor) -> Tensor:
        """The next token of every row."""
        seeds = [completion.seed for completion in self._completions]
        tokens = draw(logits, self._decoding, seeds, [self._written] * len(seeds))
        if self._keep_logprobs:
            self._logprobs = list(logprobs_of(logits, tokens).tolist())
        return tokens

    def take(self, tokens: Sequence[int]) -> list[bool]:
        """Take every row's next token, and say which rows have ended."""
        self._written += 1
        if self._progress is not None:
            self._progress(sum(self._live))
        for row, (completion, token) in enumerate(zip(self._completions, tokens, strict=True)):
            if self._live[row]:
                limit = self._decoding.max_new_tokens
                ended = completion.finished(token, self._ends, self._tokenizer, limit, self._logprobs[row])
                if ended is not None:
                    self.samples.append(ended)
                    self._live[row] = False
        return [not live for live in self._live]


class _Drawing(LogitsProcessor):
    """Leaves of each row's tokens the one that was drawn."""

    def __init__(self, writing: _Writing) -> None:
        self._writing = writing

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        del input_ids
        tokens = self._writing.drawn(scores)
        return torch.full_like(scores, float("-inf")).scatter_(1, tokens[:, None], 0.0)


class _Ending(StoppingCriteria):
    """Ends a row where the local engine ends it: a token that ends answers, a stop string, or the limit."""

    def __init__(self, writing: _Writing) -> None:
        self._writing = writing

    def __call__(self, input_ids: Tensor, scores: Any, **options: Any) -> Tensor:
        del scores, options
        return torch.tensor(self._writing.take(input_ids[:, -1].tolist()), device=input_ids.device)
