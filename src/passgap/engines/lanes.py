"""Several single-threaded engines side by side, instead of one engine on several threads.

A step of a small model is a thousand short operations. Spread over threads, each of them ends with a barrier, and a
barrier waits for whichever thread the system has put aside; several threads with a batch each wait for Python's lock
instead. A lane is a process with one thread that waits for nobody; the weights are mapped from the same file.
"""

from __future__ import annotations

import multiprocessing
import queue
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess

import torch

from passgap.errors import EngineError
from passgap.ports import Progress, Sampler, SampleRequest
from passgap.records import Decoding, Sample

OpenSampler = Callable[[], Sampler]

_CLOSE_SECONDS = 5.0

_PRELOADED = [
    "passgap.engines.local",
    "transformers.models.auto.modeling_auto",
    "transformers.models.llama.modeling_llama",
]
"""What takes seconds to import. One architecture stands for all: most of it is what the others import as well."""


@contextmanager
def single_threaded() -> Iterator[None]:
    """Compute as a lane does: on several threads some kernels split their sums, and a row comes out differently."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class Lanes:
    """Processes that sample one model, each a call at a time. They end with :meth:`close` or with this process.

    Args:
        count: how many.
        open_sampler: opens the engine of a lane; it is called in the lane, so it must be picklable.
    """

    def __init__(self, count: int, open_sampler: OpenSampler) -> None:
        self._lanes = [_Lane(open_sampler) for _ in range(count)]
        self._idle: queue.SimpleQueue[_Lane] = queue.SimpleQueue()
        for lane in self._lanes:
            self._idle.put(lane)

    def sample(
        self, requests: Sequence[SampleRequest], decoding: Decoding, progress: Progress | None
    ) -> Iterator[Sample]:
        """Yield every sample of the requests from one lane, once one is idle. Several threads may call this.

        Raises:
            EngineError: the lane was killed.
            Exception: whatever the lane's engine raised.
        """
        lane = self._idle.get()
        try:
            yield from lane.sample(requests, decoding, progress)
        finally:
            self._idle.put(lane)

    def close(self) -> None:
        """End the processes."""
        for lane in self._lanes:
            lane.close()


class _Lane:
    """One process, started with its first call."""

    def __init__(self, open_sampler: OpenSampler) -> None:
        self._open_sampler = open_sampler
        self._process: BaseProcess | None = None
        self._link: Connection | None = None

    def sample(
        self, requests: Sequence[SampleRequest], decoding: Decoding, progress: Progress | None
    ) -> Iterator[Sample]:
        link = self._started()
        ended = False
        try:
            link.send((requests, decoding))
            while (item := link.recv()) is not None:
                if isinstance(item, Sample):
                    yield item
                elif isinstance(item, Exception):
                    raise item
                elif progress is not None:
                    progress(item)
            ended = True
        except (EOFError, OSError) as error:
            raise EngineError(
                "a process of the local engine was killed",
                ["Most likely the machine ran out of memory. Finished shards are kept; run again with fewer rows."],
            ) from error
        finally:
            if not ended:  # what is left in the link must not reach the next call
                self.close()

    def close(self) -> None:
        if self._process is None or self._link is None:
            return
        self._process.kill()
        self._process.join(_CLOSE_SECONDS)
        self._link.close()
        self._process = self._link = None

    def _started(self) -> Connection:
        if self._link is None:
            context = _processes()
            self._link, theirs = context.Pipe()
            self._process = context.Process(target=_work, args=(self._open_sampler, theirs), daemon=True)  # type: ignore[attr-defined]
            self._process.start()
            theirs.close()
        return self._link


def _processes() -> BaseContext:
    """How lanes are started: on Linux, forked from a server that has imported the libraries once for all of them."""
    if sys.platform != "linux":
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    return context


def _work(open_sampler: OpenSampler, link: Connection) -> None:
    """Serve calls until nobody is left at the other end, which shows at the next step of a batch at the latest."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    torch.set_num_threads(1)
    sampler = open_sampler()
    with suppress(EOFError, OSError):
        while True:
            requests, decoding = link.recv()
            try:
                for sample in sampler.sample(requests, decoding, progress=link.send):
                    link.send(sample)
            except Exception as error:
                if isinstance(error, OSError):
                    raise
                error.add_note(traceback.format_exc())
                link.send(error)
            else:
                link.send(None)
