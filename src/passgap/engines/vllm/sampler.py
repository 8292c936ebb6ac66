"""vLLM's offline engine, on this machine or on each worker of a cluster.

The engine runs inside the calling process and forgets its prefix cache between calls: what is scheduled with what is
then a function of the requests of one call alone, as :class:`passgap.ports.Sampler` asks for.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt

from passgap.engines.common.completion import Completion
from passgap.engines.common.prompt_encoder import EncodedRequest, PromptEncoder
from passgap.errors import EngineError
from passgap.models.dtypes import choose_dtype
from passgap.models.resolution import model_digest, resolve_model
from passgap.ports import EngineIdentity, Progress, SampleRequest
from passgap.records import Decoding, FinishReason, Prompt, Sample, digest_of

# vLLM reads these when it is imported and when an engine is made. A person's own settings win over all of them.
for _name, _value in {
    "VLLM_ENABLE_V1_MULTIPROCESSING": "0",  # scheduling in this process is reproducible
    "VLLM_NO_USAGE_STATS": "1",
    "VLLM_LOGGING_LEVEL": "CRITICAL",  # a failure's message is in the error that it becomes
}.items():
    os.environ.setdefault(_name, _value)

import vllm  # noqa: E402
from vllm.lora.request import LoRARequest  # noqa: E402
from vllm.platforms import current_platform  # noqa: E402

LEAST_TEMPERATURE = 0.01
"""vLLM raises a temperature below this one to it, unless it is greedy."""

_ADAPTER = "adapter_config.json"

_CPU_STEP_TOKENS = 4096


class VllmSampler:
    """Implements :class:`passgap.ports.Sampler` and :class:`passgap.ports.LogitSource`.

    Weights are loaded with the first sample, not before. Several calls of :meth:`sample` wait for each other: more
    replicas of the engine are workers of a cluster.

    Args:
        model: a folder in Hugging Face layout, or one of a LoRA adapter in PEFT's layout, whose base is then loaded.
        dtype: ``bfloat16``, ``float16``, ``float32``, or ``auto``, which is chosen as in the local engine.
        tensor_parallel: devices that one model is spread over.
        memory: the share of each device's memory for weights and keys.
        compiled: whether the model is compiled first, which takes a minute or two and pays off in long runs.
        keep_logprobs: whether samples carry the model's own log-probability of each of their tokens.
    """

    concurrency = 1

    def __init__(
        self,
        model: Path,
        *,
        dtype: str = "auto",
        tensor_parallel: int = 1,
        memory: float = 0.9,
        compiled: bool = True,
        keep_logprobs: bool = False,
        context_tokens: int | None = None,
    ) -> None:
        self._folder = model
        self._adapter = _adapter(model)
        self._base = _base_of(model, self._adapter) if self._adapter else model
        self._prompts = PromptEncoder(self._base, context_tokens)
        self._dtype = choose_dtype(dtype, current_platform.device_type).dtype
        self._tensor_parallel = tensor_parallel
        self._memory = memory
        self._compiled = compiled
        self._keep_logprobs = keep_logprobs
        self._engine: Any = None
        self._calls = 0
        self._using = Lock()

    @cached_property
    def identity(self) -> EngineIdentity:
        """The engine, the model's hash, and what else can change a sample."""
        digest = model_digest(self._base)
        if self._adapter:
            digest = digest_of([digest, model_digest(self._folder)])
        return EngineIdentity(
            engine="vllm",
            model=self._folder.name,
            model_digest=digest,
            dtype=self._dtype,
            device=current_platform.device_type,
            versions={
                "vllm": vllm.__version__,
                "tensor_parallel": str(self._tensor_parallel),
                "compiled": str(self._compiled),
                **({"logprobs": "kept"} if self._keep_logprobs else {}),
            },
        )

    @property
    def devices(self) -> int:
        """The devices that work on a call."""
        return self._tensor_parallel

    def sample(
        self, requests: Sequence[SampleRequest], decoding: Decoding, *, progress: Progress | None = None
    ) -> Iterator[Sample]:
        """Draw as the protocol says; each sample is a request of its own, and they share their prompt's keys.

        Raises:
            EngineError: besides what the protocol names, a temperature that vLLM would silently change.
        """
        if not decoding.greedy and decoding.temperature < LEAST_TEMPERATURE:
            raise EngineError(
                f"vLLM cannot sample at temperature {decoding.temperature:g}",
                [f"It would sample at {LEAST_TEMPERATURE} instead. Use at least that, or 0 to decode greedily."],
            )
        encoded = self._prompts.encode(requests, decoding)
        with self._using:
            yield from self._drawn(encoded, decoding, progress)

    def next_token_logits(self, prompt: Prompt, completion: str, limit: int) -> npt.NDArray[np.float32]:
        """Implements :class:`passgap.ports.LogitSource`; log-probabilities, which are logits as good as any."""
        prefix = self._prompts.tokens(prompt)
        written = self._prompts.completion_tokens(prompt, completion, limit)
        vocabulary = int(self._prompts.config.vocab_size)
        if not written:
            return np.empty((0, vocabulary), dtype=np.float32)
        params = vllm.SamplingParams(
            temperature=0.0, max_tokens=1, prompt_logprobs=-1, flat_logprobs=True, detokenize=False
        )
        with self._using:
            self._submit(0, [*prefix, *written], params)
            [output] = [each for each in self._steps(1) if each.finished]
        rows = np.full((len(written), vocabulary), -np.inf, dtype=np.float32)
        known = output.prompt_logprobs
        for row, place in zip(rows, range(len(prefix), len(prefix) + len(written)), strict=True):
            here = slice(known.start_indices[place], known.end_indices[place])
            row[known.token_ids[here]] = known.logprobs[here]
        return rows

    def close(self) -> None:
        """Let the engine and its weights go."""
        if self._engine is not None:
            self._engine.engine_core.shutdown()
            self._engine = None

    def _drawn(
        self, encoded: Sequence[EncodedRequest], decoding: Decoding, progress: Progress | None
    ) -> Iterator[Sample]:
        waiting: dict[str, tuple[EncodedRequest, int, int]] = {}
        if encoded:
            self._loaded().reset_prefix_cache()
        for each in encoded:
            for index, seed in zip(each.request.indices, each.request.seeds, strict=True):
                params = self._params(decoding, each.request.prompt, seed)
                waiting[self._submit(len(waiting), each.tokens, params)] = (each, index, seed)
        try:
            for output in self._steps(len(waiting)):
                if output.finished:
                    drawn = self._sample(*waiting.pop(output.request_id), output.outputs[0])
                    if progress is not None:
                        progress(drawn.completion_tokens)
                    yield drawn
        finally:
            if waiting and self._engine is not None:  # left early: nothing of it may reach the next call
                self._engine.abort_request(list(waiting))

    def _params(self, decoding: Decoding, prompt: Prompt, seed: int) -> Any:
        # vLLM tempers first, keeps the top k, and takes top-p on what is left of them, as the paper does.
        return vllm.SamplingParams(
            temperature=0.0 if decoding.greedy else decoding.temperature,
            top_k=decoding.top_k,
            top_p=decoding.top_p,
            max_tokens=decoding.max_new_tokens,
            seed=seed,
            stop=list(prompt.stop),
            stop_token_ids=sorted(self._prompts.ends),
            logprobs=0 if self._keep_logprobs else None,  # of the drawn tokens and no others
            output_kind=vllm.sampling_params.RequestOutputKind.FINAL_ONLY,
        )

    def _sample(self, encoded: EncodedRequest, index: int, seed: int, output: Any) -> Sample:
        tokens = list(output.token_ids)
        ended = bool(tokens) and tokens[-1] in self._prompts.ends
        reasons = {"stop": FinishReason.STOP, "length": FinishReason.LENGTH}
        if output.finish_reason not in reasons:
            raise EngineError(
                f"vLLM ended a completion of {encoded.request.problem_id} with `{output.finish_reason}`",
                ["That is no completion. Finished shards are kept; run again."],
            )
        written = tokens[:-1] if ended else tokens
        known = zip(tokens, output.logprobs, strict=True) if self._keep_logprobs else ()
        logprobs = [float(here[token].logprob) for token, here in known]
        completion = Completion(encoded.request, index, seed, encoded.tokens, written, logprobs)
        end_token = tokens[-1] if ended else None
        return completion.sample(self._prompts.tokenizer, reasons[output.finish_reason], end_token=end_token)

    def _submit(self, number: int, tokens: Sequence[int], params: Any) -> str:
        """Put one request into the engine and return its name there."""
        name = f"{self._calls}-{number}"
        lora = LoRARequest("adapter", 1, str(self._folder)) if self._adapter else None
        try:
            self._loaded().add_request(name, {"prompt_token_ids": list(tokens)}, params, lora_request=lora)
        except (RuntimeError, ValueError) as error:
            raise EngineError("vLLM refused a request", [f"{error}"]) from error
        return name

    def _steps(self, count: int) -> Iterator[Any]:
        """Run the engine until the ``count`` requests of this call are finished."""
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

    def _loaded(self) -> Any:
        if self._engine is None:
            adapter = {"enable_lora": True, "max_lora_rank": int(self._adapter["r"])} if self._adapter else {}
            arguments = vllm.EngineArgs(
                model=str(self._base),
                dtype=self._dtype,
                max_model_len=self._prompts.context,
                tensor_parallel_size=self._tensor_parallel,
                gpu_memory_utilization=self._memory,
                enable_prefix_caching=True,
                enforce_eager=not self._compiled,
                generation_config="vllm",  # a model's own defaults would come between a study and its samples
                max_logprobs=-1,
                logprobs_mode="raw_logprobs",  # the model's own, before temperature and truncation
                disable_log_stats=True,
                **_whole_prompts(self._prompts.context),
                **adapter,
            )
            try:
                self._engine = vllm.LLMEngine.from_engine_args(arguments)
            except (OSError, RuntimeError, ValueError) as error:
                raise EngineError(f"vLLM cannot load the model in {self._base}", [f"{error}"]) from error
        return self._engine


def _whole_prompts(context: int) -> Mapping[str, Any]:
    """On a CPU, no prompt is read in pieces.

    A seeded request whose prompt was cut ends the engine there: vLLM 0.32 sets its generator back by an offset, which
    PyTorch's generators of a CPU do not have.
    """
    if current_platform.device_type != "cpu":
        return {}
    return {"enable_chunked_prefill": False, "max_num_batched_tokens": max(context, _CPU_STEP_TOKENS)}


def _adapter(folder: Path) -> Mapping[str, Any]:
    """The configuration of a LoRA adapter, or nothing where the folder holds a whole model."""
    path = folder / _ADAPTER
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _base_of(folder: Path, adapter: Mapping[str, Any]) -> Path:
    base = adapter.get("base_model_name_or_path")
    if not base:
        raise EngineError(
            f"the adapter in {folder} does not say what it is an adapter of",
            [f"`base_model_name_or_path` in {_ADAPTER} has to name a folder or a hub id."],
        )
    return resolve_model(str(base))
