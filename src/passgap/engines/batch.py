"""Many completions at once: rows are filled from a queue, stepped together, retired when they end, and filled again."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from passgap.engines.completion import Completion
from passgap.engines.decoder import Decoder, KeyValueCache
from passgap.engines.drawing import draw
from passgap.ports import Progress, SampleRequest
from passgap.records import Decoding, Sample


@dataclass(frozen=True)
class EncodedRequest:
    """A request and its prompt's token ids."""

    request: SampleRequest
    tokens: tuple[int, ...]


@dataclass(frozen=True)
class _Prefix:
    """A prompt that has been read: its cache of one row, and the logits of its first new token."""

    cache: KeyValueCache
    logits: Tensor
    length: int


class Batch:
    """Samples requests with a fixed number of rows. Deterministic: the same requests give the same steps."""

    def __init__(self, decoder: Decoder, tokenizer: Any, ends: frozenset[int], decoding: Decoding, rows: int) -> None:
        self._decoder = decoder
        self._tokenizer = tokenizer
        self._ends = ends
        self._decoding = decoding
        self._rows = rows

    def run(self, requests: Sequence[EncodedRequest], progress: Progress | None) -> Iterator[Sample]:
        """Yield every sample of the requests as it ends."""
        waiting = deque((encoded, position) for encoded in requests for position in range(len(encoded.request.indices)))
        rows = min(self._rows, len(waiting))
        room = max(len(encoded.tokens) for encoded in requests) + self._decoding.max_new_tokens
        cache = self._decoder.new_cache(rows, room)
        live: list[Completion | None] = [None] * rows
        next_tokens = torch.zeros(rows, dtype=torch.long, device=self._decoder.device)
        prefix: tuple[EncodedRequest, _Prefix] | None = None
        while True:
            for row in range(len(live)):
                while live[row] is None and waiting:
                    encoded, position = waiting.popleft()
                    if prefix is None or prefix[0] is not encoded:
                        prefix = (encoded, self._read(encoded))
                    started = self._start(encoded, position, prefix[1], row, cache, next_tokens)
                    if progress is not None:
                        progress(1)
                    if isinstance(started, Sample):
                        yield started
                    else:
                        live[row] = started
            occupied = [row for row, each in enumerate(live) if each is not None]
            if not occupied:
                return
            if not waiting and 2 * len(occupied) <= len(live):
                chosen = torch.tensor(occupied, device=self._decoder.device)
                cache, next_tokens = cache.keep(chosen), next_tokens[chosen]
                live = [live[row] for row in occupied]
            yield from self._step(live, next_tokens, cache, progress)

    def _read(self, encoded: EncodedRequest) -> _Prefix:
        tokens = torch.tensor(encoded.tokens, device=self._decoder.device)
        cache, hidden = self._decoder.prefill(tokens)
        return _Prefix(cache, self._decoder.logits(hidden[-1:]), len(encoded.tokens))

    def _start(
        self,
        encoded: EncodedRequest,
        position: int,
        prefix: _Prefix,
        row: int,
        cache: KeyValueCache,
        next_tokens: Tensor,
    ) -> Completion | Sample:
        """Put a new completion into a row; a completion that ends with its first token never takes the row."""
        request = encoded.request
        completion = Completion(request, request.indices[position], request.seeds[position], prefix.length)
        token = int(draw(prefix.logits, self._decoding, [completion.seed], [0]))
        ended = completion.finished(token, self._ends, self._tokenizer, self._decoding.max_new_tokens)
        if ended is not None:
            return ended
        cache.keys[:, row, :, : prefix.length] = prefix.cache.keys[:, 0]
        cache.values[:, row, :, : prefix.length] = prefix.cache.values[:, 0]
        next_tokens[row] = token
        return completion

    def _step(
        self, live: list[Completion | None], next_tokens: Tensor, cache: KeyValueCache, progress: Progress | None
    ) -> Iterator[Sample]:
        """Read the rows' last tokens and draw their next ones."""
        where = [0 if each is None else each.prompt_tokens + len(each.tokens) - 1 for each in live]
        positions = torch.tensor(where, device=self._decoder.device)
        hidden = self._decoder.step(next_tokens, positions, cache, 1 + max(where))
        drawn = draw(
            self._decoder.logits(hidden),
            self._decoding,
            [0 if each is None else each.seed for each in live],
            [0 if each is None else len(each.tokens) for each in live],
        )
        next_tokens.copy_(drawn)
        fresh = 0
        for row, token in enumerate(drawn.tolist()):
            completion = live[row]
            if completion is None:
                continue
            fresh += 1
            ended = completion.finished(token, self._ends, self._tokenizer, self._decoding.max_new_tokens)
            if ended is not None:
                live[row] = None
                yield ended
        if progress is not None:
            progress(fresh)
