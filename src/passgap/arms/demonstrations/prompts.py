"""Put solved problems before a question, as earlier turns of the conversation or as text."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from passgap.arms.demonstrations.documents import Document
from passgap.records import Exchange, Prompt

ORDER_RULE = "the most similar problem last, next to the question"
"""The order of several demonstrations in words, as pre-registered."""


class DemonstrationStyle(StrEnum):
    """Where demonstrations stand in a prompt."""

    TURNS = "turns"
    """As earlier turns of the conversation: problem, answer, problem, answer, question."""
    TEXT = "text"
    """As text before the question: within the user's turn, or, for a base model, in the text that it continues."""

    @classmethod
    def of(cls, declared: str, *, chat: bool) -> DemonstrationStyle:
        """The declared style; with ``auto``, turns for a model that answers in turns, and text for any other."""
        if declared == "auto":
            return cls.TURNS if chat else cls.TEXT
        return cls(declared)


def with_demonstrations(prompt: Prompt, shown: Sequence[Document], style: DemonstrationStyle) -> Prompt:
    """The prompt with these demonstrations in it, in their order; the prompt itself where there are none.

    What the answer begins with and what ends it stay as they are.
    """
    if not shown:
        return prompt
    if style is DemonstrationStyle.TURNS:
        turns = (Exchange(user=each.asked, answer=each.answer) for each in shown)
        return prompt.model_copy(update={"earlier": (*prompt.earlier, *turns)})
    if not prompt.chat:
        before = "".join(f"{each.plain}\n\n" for each in shown)
        return prompt.model_copy(update={"user": before + prompt.user})
    lines = [f"{each.asked}\n\n{each.answer}" for each in shown]
    head = "Here is a problem with its solution." if len(shown) == 1 else "Here are problems with their solutions."
    return prompt.model_copy(update={"user": "\n\n".join([head, *lines, "Now solve this one.", prompt.user])})
