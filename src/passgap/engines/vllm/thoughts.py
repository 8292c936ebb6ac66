"""A budget of thoughts, kept by drawing twice: the thoughts, and what follows the mark that ends them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from passgap.errors import EngineError
from passgap.records import Prompt, sample_seed

MARKS = (
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("[THINK]", "[/THINK]"),
    ("◁think▷", "◁/think▷"),
    ("<|START_THINKING|>", "<|END_THINKING|>"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("<seed:think>", "</seed:think>"),
)
"""The marks around thoughts that models are known to write, each of which has to be one token."""


@dataclass(frozen=True)
class Thoughts:
    """The tokens around a model's thoughts, and how many tokens these may have."""

    tokens: int
    begins: int
    ends: int

    @classmethod
    def of(cls, tokenizer: Any, tokens: int) -> Thoughts:
        """The budget for the model of a tokenizer.

        Raises:
            EngineError: it knows no marks around thoughts as tokens.
        """
        for marks in MARKS:
            ids = [tokenizer.convert_tokens_to_ids(mark) for mark in marks]
            if list(marks) == [None if each is None else tokenizer.convert_ids_to_tokens(each) for each in ids]:
                return cls(tokens, *ids)
        known = ", ".join(f"{begins} {ends}" for begins, ends in MARKS)
        raise EngineError(
            "`engine.thinking.tokens` needs a model that thinks between marks",
            [f"The tokenizer has none of these as tokens of their own: {known}. Remove `engine.thinking`."],
        )

    def first_limit(self, prompt: Sequence[int], limit: int) -> int:
        """The most tokens that are drawn first: the budget, and the mark that begins thoughts where it is not there."""
        return min(limit, self.tokens + (0 if self._open(prompt) else 1))

    def forced(self, prompt: Sequence[int], drawn: Sequence[int]) -> list[int]:
        """The tokens that are put behind those that were drawn first: the mark, where the model is still thinking."""
        return [self.ends] if self._open([*prompt, *drawn]) else []

    def _open(self, tokens: Sequence[int]) -> bool:
        """Whether thoughts were begun and not ended."""
        return next((token == self.begins for token in reversed(tokens) if token in (self.begins, self.ends)), False)


def thinks(prompt: Prompt) -> bool:
    """Whether a model can think before it answers: a conversation whose answer was not begun for it."""
    return prompt.chat and not prompt.prefix


def second_seed(seed: int) -> int:
    """The seed of what follows thoughts; the first seed would draw with the same random numbers again."""
    return sample_seed(seed, "behind the thoughts")
