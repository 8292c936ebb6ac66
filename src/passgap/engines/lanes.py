"""Several single-threaded engines side by side, instead of one engine on several threads.

A step of a small model is a thousand short operations. Spread over threads, each of them ends with a barrier, and a
barrier waits for whichever thread the system has put aside; several threads with a batch each wait for Python's lock
instead. A lane is a process with one thread that waits for nobody; the weights are mapped from the same file.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import queue
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool

import torch

from passgap.errors import EngineError
from passgap.ports import Progress, Sampler, SampleRequest
from passgap.records import Decoding, Sample

_PR_SET_PDEATHSIG = 1
_LISTEN_SECONDS = 0.2

OpenSampler = Callable[[], Sampler]

_sampler: Sampler | None = None
_samples: multiprocessing.Queue[Sample | int] | None = None


class Lanes:
    """Processes that sample one model. Started with the first request, ended by :meth:`close` or with this process.

    Args:
        count: how many.
        open_sampler: opens the engine of a lane; it is called in the lane, so it must be picklable.
    """

    def __init__(self, count: int, open_sampler: OpenSampler) -> None:
        self._count = count
        context = multiprocessing.get_context("spawn")
        self._queue: multiprocessing.Queue[Sample | int] = context.Queue()
        self._pool = ProcessPoolExecutor(
            max_workers=count, mp_context=context, initializer=_begin, initargs=(open_sampler, self._queue)
        )

    def sample(
        self, requests: Sequence[SampleRequest], decoding: Decoding, progress: Progress | None
    ) -> Iterator[Sample]:
        """Yield every sample of the requests, each lane working on its fixed share of them.

        Which share a request falls into depends on their order alone, so the same requests give the same samples
        however the lanes are timed against each other.

        Raises:
            EngineError: a lane failed or was killed.
        """
        shares = [requests[lane :: self._count] for lane in range(self._count)]
        running = [self._pool.submit(_work, share, decoding) for share in shares if share]
        missing = sum(len(request.indices) for request in requests)
        while missing:
            try:
                item = self._queue.get(timeout=_LISTEN_SECONDS)
            except queue.Empty:
                _raise_fault(running)
                continue
            if isinstance(item, Sample):
                missing -= 1
                yield item
            elif progress is not None:
                progress(item)
        wait(running)

    def close(self) -> None:
        """End the processes."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._queue.close()


def _raise_fault(running: Sequence[Future[None]]) -> None:
    """Raise what ended a lane, if one ended with anything."""
    done, _ = wait(running, timeout=0.0, return_when=FIRST_EXCEPTION)
    for future in done:
        error = future.exception()
        if isinstance(error, BrokenProcessPool):
            raise EngineError(
                "a process of the local engine was killed",
                ["Most likely the machine ran out of memory. Finished shards are kept; run again with fewer rows."],
            ) from error
        if error is not None:
            raise error


def _begin(open_sampler: OpenSampler, samples: multiprocessing.Queue[Sample | int]) -> None:
    """Set a lane up: one thread, and no life after its parent's."""
    global _sampler, _samples
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    torch.set_num_threads(1)
    _sampler, _samples = open_sampler(), samples


def _work(share: Sequence[SampleRequest], decoding: Decoding) -> None:
    assert _sampler is not None
    assert _samples is not None
    for sample in _sampler.sample(share, decoding, progress=_samples.put):
        _samples.put(sample)
