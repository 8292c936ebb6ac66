"""Sampling of a policy while it is trained: the local engine over a copy of the weights as they are.

On a CPU the copy is a file that single-threaded workers map and read again whenever it was replaced, one worker per
core; on another device it is a second model beside the first. Either way it is the sampler of the local engine: the
samples of a prompt share its prefill, and texts that they have in common are computed once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import cast

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from passgap.engines.local.live_model import LiveModel
from passgap.engines.local.sampler import DEFAULT_BATCH_SIZE, MIN_SAMPLES_FOR_THE_POOL, cores
from passgap.engines.local.worker_pool import WorkerPool
from passgap.models.dtypes import choose_dtype
from passgap.ports import Progress, Sampler, SampleRequest
from passgap.quiet import quiet_libraries
from passgap.records import Decoding, Sample

_WEIGHTS = "policy.safetensors"


class LocalPolicySampler:
    """Implements :class:`passgap.ports.PolicySampler`.

    Args:
        base: the folder of the base model.
        scratch: a folder for the file of weights that workers read.
        device: ``cpu``, ``cuda``, ``mps``, or ``auto``.
        dtype: ``bfloat16``, ``float16``, ``float32``, or ``auto``, as :mod:`passgap.models.dtypes` chooses.
        batch_size: the most completions that are generated at once, by all workers together.
        workers: how many processes share them; by default one per core on a CPU, and one on any other device.
    """

    def __init__(
        self,
        base: Path,
        scratch: Path,
        *,
        device: str = "auto",
        dtype: str = "auto",
        batch_size: int = DEFAULT_BATCH_SIZE,
        workers: int | None = None,
    ) -> None:
        chosen = choose_dtype(dtype, device)
        self._workers = workers or (cores() if chosen.device == "cpu" else 1)
        self._dtype: torch.dtype = getattr(torch, chosen.dtype)
        self._weights = scratch / _WEIGHTS
        options = {"device": chosen.device, "dtype": chosen.dtype}
        self._own = _FollowingModel(base, self._weights, batch_size=batch_size, **options)
        share = max(1, batch_size // self._workers)
        self._open = partial(_FollowingModel, base, self._weights, batch_size=share, **options)
        self._pool: WorkerPool | None = None

    def refresh(self, weights: Iterable[tuple[str, Tensor]]) -> None:
        """Copy the weights: into the model of this process, or into the file that workers read."""
        if self._workers == 1:
            self._own.replace(weights)
            return
        copied = {name: tensor.detach().to("cpu", self._dtype).contiguous() for name, tensor in weights}
        written = self._weights.with_suffix(".new")
        save_file(copied, written)
        written.replace(self._weights)

    def sample(
        self, requests: Sequence[SampleRequest], decoding: Decoding, *, progress: Progress | None = None
    ) -> Iterator[Sample]:
        """Draw as the protocol says; workers share the requests, the longest prompts first."""
        total = sum(len(request.indices) for request in requests)
        if self._workers == 1 or total < MIN_SAMPLES_FOR_THE_POOL or len(requests) == 1:
            yield from self._own.sample(requests, decoding, progress=progress)
            return
        if self._pool is None:
            self._pool = WorkerPool(self._workers, cast("Callable[[], Sampler]", self._open))
        pool, shares = self._pool, _shares(requests, self._workers)

        def drawn(share: Sequence[SampleRequest]) -> list[Sample]:
            return list(pool.sample(share, decoding, progress))

        with ThreadPoolExecutor(len(shares), thread_name_prefix="rollouts") as threads:
            for samples in threads.map(drawn, shares):
                yield from samples

    def close(self) -> None:
        """Free the weights, end the workers, and remove their file."""
        self._own.close()
        if self._pool is not None:
            self._pool.close()
            self._pool = None
        self._weights.unlink(missing_ok=True)


class _FollowingModel(LiveModel):
    """A model with the weights of a file, if there is one, which is read again whenever it was replaced.

    Args:
        base: the folder of the base model.
        weights: the file.
        device: where it is sampled.
        dtype: the type in which it is sampled.
        batch_size: the most completions that are generated at once.
    """

    def __init__(self, base: Path, weights: Path, *, device: str, dtype: str, batch_size: int) -> None:
        super().__init__(base, device=device, dtype=dtype, batch_size=batch_size)
        self._file = weights
        self._read: tuple[int, int] | None = None

    def sample(
        self, requests: Sequence[SampleRequest], decoding: Decoding, *, progress: Progress | None = None
    ) -> Iterator[Sample]:
        """Yield every sample of the requests, from the weights that the file has now."""
        if self._file.exists():
            found = self._file.stat()
            if self._read != (found.st_ino, found.st_mtime_ns):
                with quiet_libraries():
                    self.replace(load_file(self._file).items())
                self._read = (found.st_ino, found.st_mtime_ns)
        yield from super().sample(requests, decoding, progress=progress)


def _shares(requests: Sequence[SampleRequest], workers: int) -> list[list[SampleRequest]]:
    """Distribute requests over workers so that each has about as much to read and as many samples to draw."""
    ordered = sorted(requests, key=lambda each: (len(each.prompt.user), each.problem_id), reverse=True)
    # There and back again: the worker with the longest prompt of one round gets the shortest of the next.
    rounds = [ordered[start : start + workers] for start in range(0, len(ordered), workers)]
    dealt = [each if number % 2 == 0 else each[::-1] for number, each in enumerate(rounds)]
    shares = [[each[worker] for each in dealt if worker < len(each)] for worker in range(workers)]
    return [share for share in shares if share]
