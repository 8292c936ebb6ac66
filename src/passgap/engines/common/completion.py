"""One completion while it is generated: its tokens so far, its stop strings, its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from passgap.models.tokens import detokenizer_of
from passgap.ports import SampleRequest
from passgap.records import FinishReason, Sample


@dataclass
class Completion:
    """The tokens that one sample has so far."""

    request: SampleRequest
    index: int
    seed: int
    prompt: Sequence[int]
    """The prompt's tokens."""
    tokens: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    """Of every sampled token, the end token included, where they are kept."""

    def append(
        self, token: int, ends: frozenset[int], tokenizer: Any, limit: int, logprob: float | None = None
    ) -> Sample | None:
        """Append the next token, and its log-probability where that is kept; return the sample if that ends it.

        Args:
            token: the token's id.
            ends: the tokens that end an answer.
            tokenizer: the model's.
            limit: the most tokens that the completion may have.
            logprob: the model's own log-probability of the token.
        """
        if logprob is not None:
            self.logprobs.append(logprob)
        if token in ends:
            return self.sample(tokenizer, FinishReason.STOP, end_token=token)
        self.tokens.append(token)
        stops = self.request.prompt.stop
        if stops and detokenizer_of(tokenizer).stop_in_end(self.prompt, self.tokens, stops):
            return self.sample(tokenizer, FinishReason.STOP)
        if len(self.tokens) >= limit:
            return self.sample(tokenizer, FinishReason.LENGTH)
        return None

    def sample(self, tokenizer: Any, reason: FinishReason, *, end_token: int | None = None) -> Sample:
        """The finished sample: its text up to the first stop string, all of its tokens, and what ended it.

        Args:
            tokenizer: the model's.
            reason: why it ended.
            end_token: the token with which the model ended it; no part of :attr:`tokens`.
        """
        text = detokenizer_of(tokenizer).text(self.prompt, self.tokens)
        found = [(place, stop) for stop in self.request.prompt.stop if (place := text.find(stop)) >= 0]
        place, stop = min(found, default=(len(text), None))
        sampled = (*self.tokens, end_token) if end_token is not None else tuple(self.tokens)
        return Sample(
            problem_id=self.request.problem_id,
            index=self.index,
            completion=text[:place],
            finish_reason=reason,
            seed=self.seed,
            prompt_tokens=len(self.prompt),
            completion_tokens=len(sampled),
            logprobs=tuple(self.logprobs) or None,
            tokens=sampled,
            end_token=end_token,
            stop=stop,
        )
