"""How long a prompt is, and whether it leaves room for its completion in the model's context."""

from __future__ import annotations

from passgap.ports import Sampler, TokenCounter
from passgap.records import Prompt

BYTES_PER_TOKEN = 2
"""Where tokens cannot be counted: prose and code have three to four, so that what is taken to fit does."""

TURN_TOKENS = 16
"""Where tokens cannot be counted: the most that a chat template adds to a turn."""


class Room:
    """The room that a model's context leaves for prompts.

    Args:
        sampler: counts tokens, where it can; they are estimated from above where it cannot.
        context_tokens: the declared context length.
        new_tokens: the most tokens of a completion.
    """

    def __init__(self, sampler: Sampler, *, context_tokens: int, new_tokens: int) -> None:
        self._counter = sampler if isinstance(sampler, TokenCounter) else None
        known = self._counter.context_tokens if self._counter is not None else context_tokens
        self._most = min(known, context_tokens) - new_tokens
        self.estimated = False
        """Whether tokens were estimated so far."""

    def tokens(self, prompt: Prompt) -> int:
        """The number of tokens of a prompt."""
        counted = self._counter.count_tokens(prompt) if self._counter is not None else None
        if counted is None:
            self.estimated = True
            return estimated_tokens(prompt)
        return counted

    def holds(self, prompt: Prompt) -> bool:
        """Whether the prompt and its completion fit into the context."""
        return self.tokens(prompt) <= self._most


def estimated_tokens(prompt: Prompt) -> int:
    """A cautious estimate of the tokens of a prompt, above what a tokenizer makes of prose and code."""
    texts = [prompt.system or "", *(text for each in prompt.earlier for text in (each.user, each.answer))]
    size = sum(len(text.encode()) for text in (*texts, prompt.user, prompt.prefix))
    turns = 2 + 2 * len(prompt.earlier) if prompt.chat else 0
    return -(-size // BYTES_PER_TOKEN) + turns * TURN_TOKENS
