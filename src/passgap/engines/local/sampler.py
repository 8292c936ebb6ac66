"""The sampler of the local engine: models of transformers on this machine's CPU, CUDA device or MPS."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import cached_property, partial
from importlib.metadata import version
from pathlib import Path
from threading import Lock

import numpy as np
import numpy.typing as npt
import torch
from transformers import AutoModelForCausalLM

from passgap.engines.common.prompt_encoder import PromptEncoder
from passgap.engines.local.decoder import Decoder, supports
from passgap.engines.local.generate import GenerateModel
from passgap.engines.local.given_tokens import logits_behind, logprobs_behind
from passgap.engines.local.scheduler import Scheduler
from passgap.engines.local.worker_pool import WorkerPool, single_threaded
from passgap.models.digests import model_digest
from passgap.models.dtypes import choose_dtype
from passgap.models.folders import from_folder
from passgap.ports import EngineIdentity, Progress, SampleRequest
from passgap.quiet import quiet_libraries
from passgap.records import Decoding, Prompt, Sample

DEFAULT_BATCH_SIZE = 256

MIN_SAMPLES_FOR_THE_POOL = 32
"""Fewer samples than this are drawn in the calling process: a worker takes seconds to start."""


class LocalSampler:
    """Implements :class:`passgap.ports.Sampler`. Weights are loaded with the first sample, not before.

    Args:
        model: a folder in Hugging Face layout.
        device: ``cpu``, ``cuda``, ``mps``, or ``auto``.
        dtype: ``bfloat16``, ``float16``, ``float32``, or ``auto``, as :mod:`passgap.models.dtypes` chooses.
        batch_size: the most completions that are generated at once, by all workers together; memory grows with it.
        workers: how many processes share them, each with a call of :meth:`sample` at a time; by default one per core on
            a CPU, and one on any other device.
        keep_logprobs: whether samples carry the model's own log-probability of each of their tokens.
        context_tokens: the most tokens of the model's context that are used; by default all of it.
    """

    def __init__(
        self,
        model: Path,
        *,
        device: str = "auto",
        dtype: str = "auto",
        batch_size: int = DEFAULT_BATCH_SIZE,
        workers: int | None = None,
        keep_logprobs: bool = False,
        context_tokens: int | None = None,
    ) -> None:
        self._folder = model
        self._prompts = PromptEncoder(model, context_tokens)
        chosen = choose_dtype(dtype, device)
        self._device = chosen.device
        self._dtype_name = chosen.dtype
        self._dtype = getattr(torch, chosen.dtype)
        self._batch_size = batch_size
        self._keep_logprobs = keep_logprobs
        self.concurrency = workers or (cores() if self._device == "cpu" else 1)
        self._pool: WorkerPool | None = None
        self._opening = Lock()
        self._model: Decoder | GenerateModel | None = None

    @property
    def devices(self) -> int:
        """One: a CPU counts as one device, however many workers share it."""
        return 1

    @cached_property
    def identity(self) -> EngineIdentity:
        """The engine, the model's hash, and what else can change a sample."""
        return EngineIdentity(
            engine="local",
            model=self._folder.name,
            model_digest=model_digest(self._folder),
            dtype=self._dtype_name,
            device=self._device,
            versions={
                "torch": version("torch"),
                "transformers": version("transformers"),
                "rows": str(self._batch_size),
                **({} if supports(self._prompts.config) else {"path": "generate"}),
                **({"logprobs": "kept"} if self._keep_logprobs else {}),
            },
        )

    def sample(
        self, requests: Sequence[SampleRequest], decoding: Decoding, *, progress: Progress | None = None
    ) -> Iterator[Sample]:
        """Draw as the protocol says: the same sequence of requests gives the same samples on the same machine."""
        encoded = self._prompts.encode(requests, decoding)
        total = sum(len(request.indices) for request in requests)
        if self.concurrency > 1 and total >= MIN_SAMPLES_FOR_THE_POOL:
            yield from self._opened_pool().sample(requests, decoding, progress)
        elif encoded:
            model = self._loaded()
            if isinstance(model, GenerateModel):
                yield from model.run(encoded, decoding, progress)
            else:
                scheduler = Scheduler(
                    model,
                    self._prompts.tokenizer,
                    self._prompts.ends,
                    decoding,
                    self._batch_size,
                    keep_logprobs=self._keep_logprobs,
                )
                with single_threaded():
                    yield from scheduler.run(encoded, progress)

    @property
    def context_tokens(self) -> int:
        """Implements :class:`passgap.ports.TokenCounter`."""
        return self._prompts.context

    def count_tokens(self, prompt: Prompt) -> int:
        """Implements :class:`passgap.ports.TokenCounter`; no weights are loaded."""
        return len(self._prompts.tokens(prompt))

    def next_token_logits(self, prompt: Prompt, completion: str, limit: int) -> npt.NDArray[np.float32]:
        """Implements :class:`passgap.ports.LogitSource`."""
        return self.logits_of_tokens(prompt, self._prompts.completion_tokens(prompt, completion, limit))

    def logits_of_tokens(self, prompt: Prompt, tokens: Sequence[int]) -> npt.NDArray[np.float32]:
        """Implements :class:`passgap.ports.LikelihoodSource`."""
        logits = logits_behind(self._loaded(), self._prompts.tokens(prompt), tokens)
        return np.asarray(logits.float().cpu().numpy(), dtype=np.float32)

    def token_logprobs(self, prompt: Prompt, completions: Sequence[Sequence[int]]) -> Iterator[npt.NDArray[np.float64]]:
        """Implements :class:`passgap.ports.LikelihoodSource`; the prompt is computed once for all of them."""
        for logprobs in logprobs_behind(self._loaded(), self._prompts.tokens(prompt), completions):
            yield np.array(logprobs, dtype=np.float64)

    def text_logprobs(self, prompt: Prompt, text: str, limit: int) -> npt.NDArray[np.float64]:
        """Implements :class:`passgap.ports.TextLikelihoodSource`."""
        tokens = self._prompts.completion_tokens(prompt, text, limit)
        return next(self.token_logprobs(prompt, [tokens])) if tokens else np.empty(0)

    def close(self) -> None:
        """Free the weights, and end the workers."""
        self._model = None
        if self._pool is not None:
            self._pool.close()
            self._pool = None

    def _opened_pool(self) -> WorkerPool:
        with self._opening:
            if self._pool is None:
                opener = partial(
                    LocalSampler,
                    self._folder,
                    device=self._device,
                    dtype=self._dtype_name,
                    batch_size=max(1, self._batch_size // self.concurrency),
                    workers=1,
                    keep_logprobs=self._keep_logprobs,
                )
                self._pool = WorkerPool(self.concurrency, opener)
            return self._pool

    def _loaded(self) -> Decoder | GenerateModel:
        with self._opening:
            if self._model is None:
                self._model = self._load()
            return self._model

    def _load(self) -> Decoder | GenerateModel:
        with quiet_libraries():
            model = from_folder(AutoModelForCausalLM, self._folder, dtype=self._dtype)
        model = model.to(self._device).eval()
        if supports(self._prompts.config):
            return Decoder(model)
        return GenerateModel(
            model, self._prompts.tokenizer, self._prompts.ends, self._batch_size, keep_logprobs=self._keep_logprobs
        )


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
