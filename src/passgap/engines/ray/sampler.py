"""The sampler of an engine that runs on the workers of a Ray cluster."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt

from passgap.cluster import WorkerLostError, Workers, require_ray
from passgap.engines.ray.worker import EngineWorker, OpenSampler
from passgap.errors import EngineError, PassgapError
from passgap.ports import EngineIdentity, Progress, SampleRequest, TokenCounter
from passgap.records import Decoding, Prompt, Sample
from passgap.spec import ClusterSection

ATTEMPTS = 3
"""Workers that may die under the same call before it is given up."""


class RaySampler:
    """Implements :class:`passgap.ports.Sampler`: each call of :meth:`sample` runs on one worker, as many as there are.

    A worker's engine is the one that would run here, opened by the same call: it gives the same samples for the same
    requests. Where a worker dies, its call is made again on another one, and nothing is given twice. The model's
    folder has to be found under the same path on every node.

    Args:
        open_sampler: opens the engine; it is called here, where only its identity is used, and in every worker, so it
            must be picklable.
        settings: the cluster and its workers; there is no connection before the first sample.
    """

    def __init__(self, open_sampler: OpenSampler, settings: ClusterSection) -> None:
        require_ray(EngineError)
        self._open_sampler = open_sampler
        self._here = open_sampler()
        self._settings = settings
        self._workers: Workers | None = None
        self._opening = Lock()
        self.concurrency = settings.workers

    @property
    def identity(self) -> EngineIdentity:
        """That of the engine: which worker drew a sample changes nothing of it."""
        return self._here.identity

    @property
    def devices(self) -> int:
        """Devices on which calls are worked on at once."""
        return self._settings.devices

    def sample(
        self, requests: Sequence[SampleRequest], decoding: Decoding, *, progress: Progress | None = None
    ) -> Iterator[Sample]:
        """Draw as the protocol says.

        Raises:
            EngineError: besides what the engine itself raises: there is no cluster, it is gone, or workers die of the
                same requests again and again.
        """
        if not requests:
            return
        workers = self._opened()
        given: set[tuple[str, int]] = set()
        for _ in range(ATTEMPTS):
            try:
                for drawn in _drawn(workers, requests, decoding):
                    if (drawn.problem_id, drawn.index) not in given:
                        given.add((drawn.problem_id, drawn.index))
                        if progress is not None:
                            progress(drawn.completion_tokens)
                        yield drawn
            except WorkerLostError:
                continue
            return
        raise EngineError(
            f"{ATTEMPTS} workers of the cluster died while they were sampling the same shard",
            ["Most likely they ran out of memory. Finished shards are kept; run again with smaller workers."],
        )

    @property
    def context_tokens(self) -> int:
        """Implements :class:`passgap.ports.TokenCounter` for an engine that does."""
        return self._here.context_tokens if isinstance(self._here, TokenCounter) else sys.maxsize

    def count_tokens(self, prompt: Prompt) -> int | None:
        """Implements :class:`passgap.ports.TokenCounter` for an engine that does; None for another one."""
        return self._here.count_tokens(prompt) if isinstance(self._here, TokenCounter) else None

    def next_token_logits(self, prompt: Prompt, completion: str, limit: int) -> npt.NDArray[np.float32]:
        """Implements :class:`passgap.ports.LogitSource` for an engine that does."""
        return np.asarray(self._measured("next_token_logits", prompt, completion, limit), dtype=np.float32)

    def logits_of_tokens(self, prompt: Prompt, tokens: Sequence[int]) -> npt.NDArray[np.float32]:
        """Implements :class:`passgap.ports.LikelihoodSource` for an engine that does."""
        return np.asarray(self._measured("logits_of_tokens", prompt, tokens), dtype=np.float32)

    def token_logprobs(self, prompt: Prompt, completions: Sequence[Sequence[int]]) -> Iterator[npt.NDArray[np.float64]]:
        """Implements :class:`passgap.ports.LikelihoodSource` for an engine that does."""
        yield from self._measured("token_logprobs", prompt, completions)

    def _measured(self, name: str, *arguments: Any) -> Any:
        """The answer of a worker's engine; another worker is asked where one dies."""
        workers = self._opened()
        for _ in range(ATTEMPTS):
            try:
                with workers.lend() as worker:
                    found = workers.result(worker.measure.remote(name, *arguments))
            except WorkerLostError:
                continue
            if isinstance(found, PassgapError):
                raise found
            return found
        raise EngineError(f"{ATTEMPTS} workers of the cluster died on the same text", ["Run again."])

    def close(self) -> None:
        """End the workers; the connection to the cluster stays for the next engine."""
        if self._workers is not None:
            self._workers.close()
            self._workers = None
        self._here.close()

    def _opened(self) -> Workers:
        with self._opening:
            if self._workers is None:
                arguments = (self._open_sampler, self._here.identity)
                settings = self._settings
                self._workers = Workers(
                    settings.workers, EngineWorker, arguments, settings, gpus=settings.gpus, fault=EngineError
                )
            return self._workers


def _drawn(workers: Workers, requests: Sequence[SampleRequest], decoding: Decoding) -> Iterator[Sample]:
    with workers.lend() as worker:
        stream = worker.sample.options(num_returns="streaming").remote(list(requests), decoding)
        for batch in workers.results(stream):
            if isinstance(batch, PassgapError):
                raise batch
            yield from batch
