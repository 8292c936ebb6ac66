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
from passgap.engines.prefixes import Prefix, Prefixes
from passgap.engines.prompts import EncodedRequest
from passgap.ports import Progress
from passgap.records import Decoding, Sample


@dataclass(frozen=True)
class _Read:
    """A prompt that has been read, and the logits of its first new token."""

    encoded: EncodedRequest
    prefix: Prefix
    logits: Tensor


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
        live: list[_Row] = []
        cache = self._decoder.new_cache(min(self._rows, len(waiting)), self._decoding.max_new_tokens)
        reading: _Read | None = None
        prefixes: _Shared | None = None
        while waiting or live:
            fresh: list[_Row] = []
            while waiting and len(live) + len(fresh) < self._rows:
                encoded, position = waiting.popleft()
                if reading is None or reading.encoded is not encoded:
                    reading = self._read(encoded)
                started = self._start(reading, position)
                if progress is not None:
                    progress(1)
                if isinstance(started, Sample):
                    yield started
                else:
                    fresh.append(started)
            live.extend(fresh)
            if not live:
                return
            if prefixes is None or not prefixes.serve(live):
                prefixes = _Shared(live)
            prefixes.assign(live)
            ended: list[int] = []
            while not ended:
                for row, sample in self._step(live, cache, prefixes.stacked, progress):
                    ended.append(row)
                    yield sample
            for row in reversed(ended):
                last = live.pop()
                if row < len(live):
                    live[row] = last
                    cache.move(len(live), row)

    def _read(self, encoded: EncodedRequest) -> _Read:
        prefix, hidden = self._decoder.prefill(torch.tensor(encoded.tokens, device=self._decoder.device))
        return _Read(encoded, prefix, self._decoder.logits(hidden[-1:]))

    def _start(self, read: _Read, position: int) -> _Row | Sample:
        """Draw a completion's first token; one that ends with it never takes a row."""
        request = read.encoded.request
        completion = Completion(request, request.indices[position], request.seeds[position], read.prefix.length)
        token = int(draw(read.logits, self._decoding, [completion.seed], [0]))
        ended = completion.finished(token, self._ends, self._tokenizer, self._decoding.max_new_tokens)
        return ended if ended is not None else _Row(completion, read.prefix)

    def _step(
        self, live: list[_Row], cache: KeyValueCache, prefixes: Prefixes, progress: Progress | None
    ) -> Iterator[tuple[int, Sample]]:
        """Read the rows' last tokens and draw their next ones; yield the rows that end."""
        device = self._decoder.device
        written = [len(row.completion.tokens) for row in live]
        hidden = self._decoder.step(
            torch.tensor([row.completion.tokens[-1] for row in live], device=device),
            torch.tensor([count - 1 for count in written], device=device),
            torch.tensor([row.prefix.length for row in live], device=device),
            cache.first(len(live)),
            prefixes,
        )
        seeds = [row.completion.seed for row in live]
        drawn = draw(self._decoder.logits(hidden), self._decoding, seeds, written)
        for number, (row, token) in enumerate(zip(live, drawn.tolist(), strict=True)):
            ended = row.completion.finished(token, self._ends, self._tokenizer, self._decoding.max_new_tokens)
            if ended is not None:
                yield number, ended
        if progress is not None:
            progress(len(live))


@dataclass(frozen=True)
class _Row:
    """A completion that is being written, and the prompt that it continues."""

    completion: Completion
    prefix: Prefix


class _Shared:
    """The prompts of the live rows, each stacked once; rows may end without the stack being made anew."""

    def __init__(self, live: Sequence[_Row]) -> None:
        self._place = {prefix: place for place, prefix in enumerate(dict.fromkeys(row.prefix for row in live))}
        self.stacked = Prefixes(list(self._place))

    def assign(self, live: Sequence[_Row]) -> None:
        """Say which rows continue which prompt."""
        self.stacked.assign([self._place[row.prefix] for row in live])

    def serve(self, live: Sequence[_Row]) -> bool:
        """Whether every row's prompt is stacked, and at least half of the stacked prompts still have a row."""
        wanted = {row.prefix for row in live}
        return wanted <= self._place.keys() and 2 * len(wanted) >= len(self._place)
