"""Many completions at once: begun from a queue, a token at a time, replaced by others when they end."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from passgap.engines.common.completion import Completion
from passgap.engines.common.prompt_encoder import EncodedRequest
from passgap.engines.local.decoder import Decoder
from passgap.engines.local.sequences import LiveRows, Row
from passgap.engines.local.token_sampling import draw, logprobs_of
from passgap.ports import Progress
from passgap.records import Decoding, Sample


class Batch:
    """Samples requests, at most ``rows`` completions at a time.

    Args:
        decoder: the model.
        tokenizer: its tokenizer.
        ends: the tokens that end an answer.
        decoding: how tokens are drawn.
        rows: how many completions are written at once, at most.
        keep_logprobs: whether samples carry the log-probabilities of their tokens.
    """

    def __init__(
        self,
        decoder: Decoder,
        tokenizer: Any,
        ends: frozenset[int],
        decoding: Decoding,
        rows: int,
        *,
        keep_logprobs: bool = False,
    ) -> None:
        self._decoder = decoder
        self._tokenizer = tokenizer
        self._ends = ends
        self._decoding = decoding
        self._rows = rows
        self._keep_logprobs = keep_logprobs

    def run(self, requests: Sequence[EncodedRequest], progress: Progress | None) -> Iterator[Sample]:
        """Yield every sample of the requests as it ends."""
        live = LiveRows(self._decoder, self._decoding.max_new_tokens)
        waiting = self._opened(requests)
        opened = next(waiting, None)
        while opened is not None or live.rows:
            while opened is not None and live.completions + len(opened.row.completions) <= self._rows:
                [groups] = yield from self._draw([opened.row], opened.logits, progress)
                live.begin(opened.row, groups)
                opened = next(waiting, None)
            if live.rows:
                rows, hidden = live.step()
                parted = yield from self._draw(rows, self._decoder.logits(hidden), progress)
                for row, groups in zip(rows, parted, strict=True):
                    live.part(row, groups)

    def _opened(self, requests: Sequence[EncodedRequest]) -> Iterator[_Opened]:
        """Read the prompts, each when its turn comes; at most as many completions together as there is ever room for.

        Prompts that stand together are padded to the longest among them, so those of about one length come in a row.
        """
        for encoded in sorted(requests, key=lambda each: len(each.tokens), reverse=True):
            prefix, hidden = self._decoder.prefill(torch.tensor(encoded.tokens, device=self._decoder.device))
            logits = self._decoder.logits(hidden[-1:])
            begun = [
                Completion(encoded.request, index, seed, encoded.tokens)
                for index, seed in zip(encoded.request.indices, encoded.request.seeds, strict=True)
            ]
            for start in range(0, len(begun), self._rows):
                yield _Opened(Row(prefix, begun[start : start + self._rows]), logits)

    def _draw(
        self, rows: Sequence[Row], logits: Tensor, progress: Progress | None
    ) -> Generator[Sample, None, list[list[list[Completion]]]]:
        """Draw each completion's next token from its row's logits, and yield the samples that end with it.

        Returns:
            For each row its other completions, grouped by their new token.
        """
        completions = [(number, each) for number, row in enumerate(rows) for each in row.completions]
        seeds = [each.seed for _, each in completions]
        written = [len(each.tokens) for _, each in completions]
        owners = [number for number, _ in completions]
        drawn = draw(logits, self._decoding, seeds, written, owners)
        logprobs = logprobs_of(logits, drawn, owners).tolist() if self._keep_logprobs else [None] * len(owners)
        if progress is not None:
            progress(len(drawn))
        groups: list[dict[int, list[Completion]]] = [{} for _ in rows]
        for (number, completion), token, logprob in zip(completions, drawn.tolist(), logprobs, strict=True):
            sample = completion.finished(token, self._ends, self._tokenizer, self._decoding.max_new_tokens, logprob)
            if sample is None:
                groups[number].setdefault(token, []).append(completion)
            else:
                yield sample
        return [list(group.values()) for group in groups]


@dataclass(frozen=True)
class _Opened:
    """A row whose prompt has been read, and the logits of its first new token."""

    row: Row
    logits: Tensor
