"""Samples that vLLM is drawing: one request each, or two where the thoughts of a model have a budget."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from passgap.engines.common.completion import Completion
from passgap.engines.common.prompt_encoder import EncodedRequest, PromptEncoder
from passgap.engines.vllm.thoughts import Thoughts, second_seed, thinks
from passgap.errors import EngineError
from passgap.records import FinishReason, Sample

_REASONS = {"stop": FinishReason.STOP, "length": FinishReason.LENGTH}


@dataclass(frozen=True)
class Pending:
    """A sample that is to be drawn, or the rest of one."""

    encoded: EncodedRequest
    index: int
    seed: int
    begun: tuple[int, ...] = ()
    """Its tokens so far, where its thoughts were drawn before."""

    def drawn_with(self, thoughts: Thoughts | None, limit: int) -> tuple[int, int]:
        """The seed of its next request, and the most tokens that this draws.

        Args:
            thoughts: the budget of thoughts, where there is one.
            limit: the most tokens of the whole sample.
        """
        if self.begun:
            return second_seed(self.seed), limit - len(self.begun)
        if thoughts is None or not thinks(self.encoded.request.prompt):
            return self.seed, limit
        return self.seed, thoughts.first_limit(self.encoded.tokens, limit)

    def continued(self, thoughts: Thoughts | None, output: Any, limit: int) -> Pending | None:
        """The rest of the sample, where its first request ended at the budget; None where it is finished."""
        tokens = list(output.token_ids)
        ended = output.finish_reason != FinishReason.LENGTH.value or len(tokens) >= limit
        if thoughts is None or self.begun or ended or not thinks(self.encoded.request.prompt):
            return None
        begun = (*tokens, *thoughts.forced(self.encoded.tokens, tokens))
        return replace(self, begun=begun) if len(begun) < limit else None

    def sample(self, prompts: PromptEncoder, output: Any, *, logprobs: bool) -> Sample:
        """The finished sample.

        Raises:
            EngineError: vLLM ended it in a way that makes no completion.
        """
        tokens = [*self.begun, *output.token_ids]
        ended = bool(tokens) and tokens[-1] in prompts.ends
        if output.finish_reason not in _REASONS:
            raise EngineError(
                f"vLLM ended a completion of {self.encoded.request.problem_id} with `{output.finish_reason}`",
                ["That is no completion. Finished shards are kept; run again."],
            )
        own = tokens[:-1] if ended else tokens
        known = zip(tokens, output.logprobs, strict=True) if logprobs else ()
        kept = [float(here[token].logprob) for token, here in known]
        completion = Completion(self.encoded.request, self.index, self.seed, self.encoded.tokens, own, kept)
        end_token = tokens[-1] if ended else None
        return completion.sample(prompts.tokenizer, _REASONS[output.finish_reason], end_token=end_token)
