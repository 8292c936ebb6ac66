"""vLLM's engine inside this process: loaded with the first request, stepped by its caller."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from passgap.engines.vllm.adapters import Adapter
from passgap.errors import EngineError

_CPU_STEP_TOKENS = 4096


class OfflineEngine:
    """One ``vllm.LLMEngine``; a call at a time.

    Args:
        vllm: the package.
        model: the folder of the model, or of an adapter's base.
        adapter: a LoRA adapter on it.
        arguments: further arguments of ``vllm.EngineArgs``, the context length ``max_model_len`` among them.
    """

    def __init__(self, vllm: Any, model: Path, adapter: Adapter | None, arguments: Mapping[str, Any]) -> None:
        self._vllm = vllm
        self._model = model
        self._adapter = adapter
        self._arguments = arguments
        self._engine: Any = None
        self._calls = 0

    def forget_prefixes(self) -> None:
        """Empty the prefix cache, so that nothing of an earlier call changes how this one is scheduled."""
        self._loaded().reset_prefix_cache()

    def submit(self, number: int, tokens: Sequence[int], params: Any) -> str:
        """Add request ``number`` of this call to the queue, and return its name there.

        Raises:
            EngineError: vLLM refuses it, or cannot load the model.
        """
        name = f"{self._calls}-{number}"
        adapter = self._adapter
        lora = self._vllm.lora.request.LoRARequest("adapter", 1, str(adapter.folder)) if adapter else None
        try:
            self._loaded().add_request(name, {"prompt_token_ids": list(tokens)}, params, lora_request=lora)
        except (RuntimeError, ValueError) as error:
            raise EngineError("vLLM refused a request", [f"{error}"]) from error
        return name

    def outputs(self, count: int) -> Iterator[Any]:
        """Run the engine until the ``count`` requests of this call are finished, and yield its outputs.

        Raises:
            EngineError: vLLM failed; the engine is closed.
        """
        self._calls += 1
        finished = 0
        while finished < count:
            try:
                outputs = self._loaded().step()
            except (RuntimeError, ValueError) as error:
                self.close()
                raise EngineError(
                    "vLLM failed while it was sampling",
                    [f"{error}. Finished shards are kept; run again, with a smaller `engine.memory` if that ran out."],
                ) from error
            for output in outputs:
                finished += output.finished
                yield output

    def abort(self, names: Iterable[str]) -> None:
        """Drop requests whose results are no longer needed."""
        if self._engine is not None:
            self._engine.abort_request(list(names))

    def close(self) -> None:
        """Free the engine and its weights. Safe to call twice."""
        if self._engine is not None:
            self._engine.engine_core.shutdown()
            self._engine = None

    def _loaded(self) -> Any:
        if self._engine is None:
            lora = {"enable_lora": True, "max_lora_rank": self._adapter.rank} if self._adapter else {}
            arguments = self._vllm.EngineArgs(
                model=str(self._model),
                enable_prefix_caching=True,
                generation_config="vllm",  # a model's own defaults would come between a study and its samples
                max_logprobs=-1,
                logprobs_mode="raw_logprobs",  # the model's own, before temperature and truncation
                disable_log_stats=True,
                **self._arguments,
                **self._unchunked_prompts(),
                **lora,
            )
            try:
                self._engine = self._vllm.LLMEngine.from_engine_args(arguments)
            except (OSError, RuntimeError, ValueError) as error:
                raise EngineError(f"vLLM cannot load the model in {self._model}", [f"{error}"]) from error
        return self._engine

    def _unchunked_prompts(self) -> Mapping[str, Any]:
        """On a CPU, prompts are prefilled in one piece.

        A seeded request whose prompt was chunked ends the engine there: vLLM 0.32 sets its generator back by an offset,
        which PyTorch's CPU generators do not have.
        """
        if self._vllm.platforms.current_platform.device_type != "cpu":
            return {}
        batched = max(self._arguments["max_model_len"], _CPU_STEP_TOKENS)
        return {"enable_chunked_prefill": False, "max_num_batched_tokens": batched}
