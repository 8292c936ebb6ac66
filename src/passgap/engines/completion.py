"""One completion while it is being written: its tokens, its stop strings, its end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from passgap.ports import SampleRequest
from passgap.records import FinishReason, Sample


@dataclass
class Completion:
    """The tokens that one sample has so far."""

    request: SampleRequest
    index: int
    seed: int
    prompt_tokens: int
    tokens: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    """Of every drawn token, the end token included, where they are kept."""

    def finished(
        self, token: int, ends: frozenset[int], tokenizer: Any, limit: int, logprob: float | None = None
    ) -> Sample | None:
        """Take the next token, and its log-probability where that is kept; return the sample if that ends it.

        A stop string is looked for in the last tokens alone, as many as it can have begun in.
        """
        if logprob is not None:
            self.logprobs.append(logprob)
        if token in ends:
            return self.sample(tokenizer, FinishReason.STOP, len(self.tokens) + 1)
        self.tokens.append(token)
        stops = self.request.prompt.stop
        if stops:
            tail = tokenizer.decode(self.tokens[-(max(map(len, stops)) + 1) :], skip_special_tokens=False)
            if any(stop in tail for stop in stops):
                return self.sample(tokenizer, FinishReason.STOP, len(self.tokens))
        if len(self.tokens) >= limit:
            return self.sample(tokenizer, FinishReason.LENGTH, len(self.tokens))
        return None

    def sample(self, tokenizer: Any, reason: FinishReason, count: int) -> Sample:
        """The sample that these tokens are, cut at the first stop string; ``count`` counts the end token as well."""
        text = tokenizer.decode(self.tokens, skip_special_tokens=True)
        cuts = [place for stop in self.request.prompt.stop if (place := text.find(stop)) >= 0]
        return Sample(
            problem_id=self.request.problem_id,
            index=self.index,
            completion=text[: min(cuts)] if cuts else text,
            finish_reason=reason,
            seed=self.seed,
            prompt_tokens=self.prompt_tokens,
            completion_tokens=count,
            logprobs=tuple(self.logprobs) or None,
        )
