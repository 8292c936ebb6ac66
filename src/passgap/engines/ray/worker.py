"""An engine in the process of a worker of a Ray cluster."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from passgap.errors import EngineError, PassgapError
from passgap.ports import EngineIdentity, LikelihoodSource, LogitSource, Sampler, SampleRequest
from passgap.records import Decoding, Sample

OpenSampler = Callable[[], Sampler]

BATCH_SECONDS = 0.5
"""How long a worker gathers samples before it sends them."""


class EngineWorker:
    """An engine in a worker's process. Errors that a person can mend are sent back as values."""

    def __init__(self, open_sampler: OpenSampler, expected: EngineIdentity) -> None:
        self._open_sampler = open_sampler
        self._expected = expected
        self._sampler: Any = None

    def open(self) -> PassgapError | None:
        """Open the engine, and hold it to what the study's own process sees of it."""
        try:
            self._sampler = self._open_sampler()
            ours, theirs = self._sampler.identity.model_dump(), self._expected.model_dump()
        except PassgapError as error:
            return error
        differing = [f"{name}: {ours[name]} there, {theirs[name]} here" for name in ours if ours[name] != theirs[name]]
        if not differing:
            return None
        return EngineError("a worker of the cluster would draw other samples than this machine", differing)

    def sample(self, requests: Sequence[SampleRequest], decoding: Decoding) -> Iterator[list[Sample] | PassgapError]:
        """Yield the samples in batches, or the error that ended them."""
        batch: list[Sample] = []
        sent = time.monotonic()
        try:
            for drawn in self._sampler.sample(requests, decoding):
                batch.append(drawn)
                if time.monotonic() - sent >= BATCH_SECONDS:
                    yield batch
                    batch, sent = [], time.monotonic()
        except PassgapError as error:
            yield error
        else:
            yield batch

    def measure(self, name: str, *arguments: Any) -> Any:
        """The answer of a method of the engine on given text, or why there is none; an iterator's as a list."""
        protocol = LogitSource if name == "next_token_logits" else LikelihoodSource
        if not isinstance(self._sampler, protocol):
            return EngineError(f"the engine `{self._expected.engine}` gives no probabilities of given text")
        try:
            found = getattr(self._sampler, name)(*arguments)
            return list(found) if isinstance(found, Iterator) else found
        except PassgapError as error:
            return error
