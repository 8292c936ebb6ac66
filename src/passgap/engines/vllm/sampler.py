"""The sampler of vLLM's offline engine.

The engine runs inside the calling process and forgets its prefix cache between calls: what is scheduled with what is
then a function of the requests of one call alone, as :class:`passgap.ports.Sampler` asks for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt

from passgap.engines.common.prompt_encoder import EncodedRequest, PromptEncoder
from passgap.engines.vllm.adapters import adapter_in
from passgap.engines.vllm.library import load_vllm
from passgap.engines.vllm.offline import OfflineEngine
from passgap.engines.vllm.pending import Pending
from passgap.engines.vllm.thoughts import Thoughts
from passgap.errors import EngineError
from passgap.models.digests import model_digest
from passgap.models.dtypes import choose_dtype
from passgap.ports import EngineIdentity, Progress, SampleRequest
from passgap.records import Decoding, Prompt, Sample, digest_of
from passgap.spec import ThinkingSection
from passgap.spec.thinking import unsupported_offline

MIN_TEMPERATURE = 0.01
"""vLLM raises a lower temperature to this one, unless it is greedy."""


class VllmSampler:
    """Implements :class:`passgap.ports.Sampler` and :class:`passgap.ports.LogitSource`.

    Weights are loaded with the first sample, not before. Several calls of :meth:`sample` wait for each other: further
    replicas of the engine are workers of a cluster.

    Args:
        model: a folder in Hugging Face layout, or one of a LoRA adapter in PEFT's layout, whose base is then loaded.
        dtype: ``bfloat16``, ``float16``, ``float32``, or ``auto``, which is chosen as in the local engine.
        tensor_parallel: devices that one model is spread over.
        memory: the fraction of each device's memory for weights and KV cache.
        compiled: whether the model is compiled first, which takes a minute or two and pays off in long runs.
        keep_logprobs: whether samples carry the model's own log-probability of each of their tokens.
        thinking: ``{"tokens": n}`` to end a model's thoughts after so many tokens; by default it thinks as it likes.
        context_tokens: the most tokens of the model's context that are used; by default all of it.

    Raises:
        ImportError: vLLM is not installed.
        EngineError: what is asked of thinking is not supported.
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
        thinking: Mapping[str, Any] | None = None,
        context_tokens: int | None = None,
    ) -> None:
        self._vllm = load_vllm()
        self._folder = model
        self._adapter = adapter_in(model)
        self._base = self._adapter.base if self._adapter else model
        self._prompts = PromptEncoder(self._base, context_tokens)
        self._device: str = self._vllm.platforms.current_platform.device_type
        self._dtype = choose_dtype(dtype, self._device).dtype
        self._tensor_parallel = tensor_parallel
        self._compiled = compiled
        self._memory = memory
        self._keep_logprobs = keep_logprobs
        section = None if thinking is None else ThinkingSection.model_validate(thinking)
        if refused := list(unsupported_offline(section, keeps_logprobs=keep_logprobs)):
            raise EngineError("vLLM's offline engine cannot be told how to think so", refused)
        self._budget = None if section is None else section.tokens
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
            device=self._device,
            versions={
                "vllm": self._vllm.__version__,
                "tensor_parallel": str(self._tensor_parallel),
                "compiled": str(self._compiled),
                **({"logprobs": "kept"} if self._keep_logprobs else {}),
                **({"thinking": f"{self._budget} tokens at most"} if self._budget is not None else {}),
            },
        )

    @property
    def devices(self) -> int:
        """The devices that work on a call."""
        return self._tensor_parallel

    def sample(
        self, requests: Sequence[SampleRequest], decoding: Decoding, *, progress: Progress | None = None
    ) -> Iterator[Sample]:
        """Draw as the protocol says; each sample is a request of its own, and they share their prompt's KV cache.

        Raises:
            EngineError: besides what the protocol names, a temperature that vLLM would silently change.
        """
        if not decoding.greedy and decoding.temperature < MIN_TEMPERATURE:
            raise EngineError(
                f"vLLM cannot sample at temperature {decoding.temperature:g}",
                [f"It would sample at {MIN_TEMPERATURE} instead. Use at least that, or 0 to decode greedily."],
            )
        encoded = self._prompts.encode(requests, decoding)
        with self._using:
            yield from self._draw(encoded, decoding, progress)

    @property
    def context_tokens(self) -> int:
        """Implements :class:`passgap.ports.TokenCounter`."""
        return self._prompts.context

    def count_tokens(self, prompt: Prompt) -> int:
        """Implements :class:`passgap.ports.TokenCounter`; no weights are loaded."""
        return len(self._prompts.tokens(prompt))

    def next_token_logits(self, prompt: Prompt, completion: str, limit: int) -> npt.NDArray[np.float32]:
        """Implements :class:`passgap.ports.LogitSource` with log-probabilities, which differ from logits by a constant
        at each position."""
        return self.logits_of_tokens(prompt, self._prompts.completion_tokens(prompt, completion, limit))

    def logits_of_tokens(self, prompt: Prompt, tokens: Sequence[int]) -> npt.NDArray[np.float32]:
        """Implements :class:`passgap.ports.LikelihoodSource`, with log-probabilities too."""
        vocabulary = int(self._prompts.config.vocab_size)
        if not tokens:
            return np.empty((0, vocabulary), dtype=np.float32)
        rows = np.full((len(tokens), vocabulary), -np.inf, dtype=np.float32)
        for row, (ids, logprobs) in zip(rows, self._known(prompt, tokens, -1), strict=True):
            row[ids] = logprobs
        return rows

    def token_logprobs(self, prompt: Prompt, completions: Sequence[Sequence[int]]) -> Iterator[npt.NDArray[np.float64]]:
        """Implements :class:`passgap.ports.LikelihoodSource`; only the given tokens' log-probabilities are fetched."""
        for tokens in completions:
            known = (dict(zip(*each, strict=True)) for each in self._known(prompt, tokens, 0))
            yield np.array([each[token] for each, token in zip(known, tokens, strict=True)], dtype=np.float64)

    def _known(self, prompt: Prompt, tokens: Sequence[int], most: int) -> Iterator[tuple[list[int], list[float]]]:
        """For each token behind a prompt, ids and log-probabilities: its own and the ``most`` likely, -1 for all."""
        prefix = self._prompts.tokens(prompt)
        params = self._vllm.SamplingParams(
            temperature=0.0, max_tokens=1, prompt_logprobs=most, flat_logprobs=True, detokenize=False
        )
        with self._using:
            self._engine.submit(0, [*prefix, *tokens], params)
            [output] = [each for each in self._engine.outputs(1) if each.finished]
        known = output.prompt_logprobs
        for place in range(len(prefix), len(prefix) + len(tokens)):
            here = slice(known.start_indices[place], known.end_indices[place])
            yield known.token_ids[here], known.logprobs[here]

    def close(self) -> None:
        """Free the engine and its weights."""
        if "_engine" in self.__dict__:
            self._engine.close()

    @cached_property
    def _engine(self) -> OfflineEngine:
        arguments = {
            "dtype": self._dtype,
            "max_model_len": self._prompts.context,
            "tensor_parallel_size": self._tensor_parallel,
            "gpu_memory_utilization": self._memory,
            "enforce_eager": not self._compiled,
        }
        return OfflineEngine(self._vllm, self._base, self._adapter, arguments)

    @cached_property
    def _thoughts(self) -> Thoughts | None:
        return None if self._budget is None else Thoughts.of(self._prompts.tokenizer, self._budget)

    def _draw(
        self, encoded: Sequence[EncodedRequest], decoding: Decoding, progress: Progress | None
    ) -> Iterator[Sample]:
        """Draw samples; where thoughts have a budget, in two rounds: the second goes on where the first ended."""
        if encoded:
            self._engine.forget_prefixes()
        pending = [
            Pending(each, index, seed)
            for each in encoded
            for index, seed in zip(each.request.indices, each.request.seeds, strict=True)
        ]
        while pending:
            waiting = {self._submit(number, each, decoding): each for number, each in enumerate(pending)}
            pending = []
            try:
                for output in self._engine.outputs(len(waiting)):
                    if not output.finished:
                        continue
                    one = waiting.pop(output.request_id)
                    later = one.continued(self._thoughts, output.outputs[0], decoding.max_new_tokens)
                    if later is not None:
                        pending.append(later)
                        continue
                    drawn = one.sample(self._prompts, output.outputs[0], logprobs=self._keep_logprobs)
                    if progress is not None:
                        progress(drawn.completion_tokens)
                    yield drawn
            finally:
                if waiting:  # left early: nothing of it may reach the next call
                    self._engine.abort(waiting)
            pending.sort(key=lambda each: (each.encoded.request.problem_id, each.index))  # whatever ended first

    def _submit(self, number: int, one: Pending, decoding: Decoding) -> str:
        seed, limit = one.drawn_with(self._thoughts, decoding.max_new_tokens)
        params = self._params(decoding, one.encoded.request.prompt, seed, limit)
        return self._engine.submit(number, [*one.encoded.tokens, *one.begun], params)

    def _params(self, decoding: Decoding, prompt: Prompt, seed: int, limit: int) -> Any:
        # vLLM applies the temperature, keeps the top k, and takes top-p on what is left of them, as the paper does.
        return self._vllm.SamplingParams(
            temperature=0.0 if decoding.greedy else decoding.temperature,
            top_k=decoding.top_k,
            top_p=decoding.top_p,
            min_p=decoding.min_p,
            max_tokens=limit,
            seed=seed,
            stop=list(prompt.stop),
            stop_token_ids=sorted(self._prompts.ends),
            logprobs=0 if self._keep_logprobs else None,  # of the drawn tokens and no others
            output_kind=self._vllm.sampling_params.RequestOutputKind.FINAL_ONLY,
        )
