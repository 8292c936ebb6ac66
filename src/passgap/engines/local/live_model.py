"""A loaded model whose weights are replaced between calls, as those of a policy are while it is trained."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import AutoModelForCausalLM

from passgap.engines.common.prompt_encoder import PromptEncoder
from passgap.engines.local.decoder import Decoder, supports
from passgap.engines.local.generate import GenerateModel
from passgap.engines.local.scheduler import Scheduler
from passgap.engines.local.worker_pool import single_threaded
from passgap.errors import EngineError
from passgap.models.folders import from_folder
from passgap.ports import Progress, SampleRequest
from passgap.records import Decoding, Sample


class LiveModel:
    """Samples a copy of weights that are trained elsewhere. The base model is loaded when it is first needed.

    Args:
        base: the folder of the base model: its architecture, tokenizer and first weights.
        device: ``cpu``, ``cuda`` or ``mps``.
        dtype: the type in which it is sampled, such as ``bfloat16``.
        batch_size: the most completions that are generated at once.
    """

    def __init__(self, base: Path, *, device: str, dtype: str, batch_size: int) -> None:
        self._base = base
        self._prompts = PromptEncoder(base)
        self._device = device
        self._dtype = getattr(torch, dtype)
        self._batch_size = batch_size
        self._model: Any = None
        self._decoder: Decoder | None = None

    @torch.no_grad()
    def replace(self, weights: Iterable[tuple[str, Tensor]]) -> None:
        """Copy weights into the model, each under its name among the base model's parameters.

        Raises:
            EngineError: it has no parameter of such a name and shape.
        """
        model = self._loaded()
        parameters = dict(model.named_parameters(remove_duplicate=False))
        for name, tensor in weights:
            own = parameters.get(name)
            if own is None or own.shape != tensor.shape:
                known = "no parameter of this name" if own is None else f"one of shape {tuple(own.shape)}"
                raise EngineError(
                    "the weights that are trained are not those of the base model",
                    [f"{name}, of shape {tuple(tensor.shape)}: the model in {self._base} has {known}."],
                )
            own.copy_(tensor)
        self._decoder = None  # it holds the weights in a layout of its own

    def sample(
        self, requests: Sequence[SampleRequest], decoding: Decoding, *, progress: Progress | None = None
    ) -> Iterator[Sample]:
        """Yield every sample of the requests with the log-probabilities that its tokens were drawn with."""
        encoded = self._prompts.encode(requests, decoding)
        tokenizer, ends = self._prompts.tokenizer, self._prompts.ends
        kept: dict[str, Any] = {"keep_logprobs": True, "logprobs_at": decoding.temperature}
        model = self._loaded()
        with single_threaded():
            if not supports(self._prompts.config):
                plain = GenerateModel(model, tokenizer, ends, self._batch_size, **kept)
                yield from plain.run(encoded, decoding, progress)
                return
            if self._decoder is None:
                self._decoder = Decoder(model)
            scheduler = Scheduler(self._decoder, tokenizer, ends, decoding, self._batch_size, **kept)
            yield from scheduler.run(encoded, progress)

    def close(self) -> None:
        """Free the weights."""
        self._model = self._decoder = None

    def _loaded(self) -> Any:
        if self._model is None:
            model = from_folder(AutoModelForCausalLM, self._base, dtype=self._dtype)
            self._model = model.to(self._device).eval()
        return self._model
