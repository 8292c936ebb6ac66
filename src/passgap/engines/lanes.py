"""Several single-threaded batches side by side, instead of one batch on several threads.

A step of a small model is a thousand short operations. Spread over threads, each of them ends with a barrier, and a
barrier on a busy machine waits for whichever thread the system has put aside. A lane is one thread that never waits for
another; lanes share the weights, and the arithmetic releases Python's lock.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence

import torch

from passgap.engines.batch import Batch, EncodedRequest
from passgap.ports import Progress
from passgap.records import Sample


class _Ended:
    """A lane has nothing left to do, or failed."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


def run_lanes(
    open_batch: Callable[[], Batch], requests: Sequence[EncodedRequest], lanes: int, progress: Progress | None
) -> Iterator[Sample]:
    """Yield every sample of the requests, each lane working on its fixed share of them.

    Which lane takes which request depends on their order alone, so the same requests give the same samples however the
    lanes are timed against each other.
    """
    shares = [requests[lane::lanes] for lane in range(min(lanes, len(requests)))]
    done: queue.SimpleQueue[Sample | _Ended] = queue.SimpleQueue()
    stop = threading.Event()
    lock = threading.Lock()

    def report(tokens: int) -> None:
        if progress is not None:
            with lock:
                progress(tokens)

    def work(share: Sequence[EncodedRequest]) -> None:
        torch.set_num_threads(1)
        try:
            for sample in open_batch().run(share, report):
                if stop.is_set():
                    break
                done.put(sample)
        except BaseException as error:  # noqa: BLE001 - carried over to the caller's thread and raised there
            done.put(_Ended(error))
        else:
            done.put(_Ended())

    threads = [threading.Thread(target=work, args=(share,), daemon=True) for share in shares]
    for thread in threads:
        thread.start()
    try:
        running = len(threads)
        while running:
            item = done.get()
            if isinstance(item, Sample):
                yield item
                continue
            if item.error is not None:
                raise item.error
            running -= 1
    finally:
        stop.set()
        for thread in threads:
            thread.join()
