"""The forms in which a problem is put to a model."""

from __future__ import annotations

from enum import StrEnum


class PromptStyle(StrEnum):
    """The form of a prompt."""

    PREFILLED = "prefilled"
    """A user's turn; the answer is prefilled with an opening fence and ends at the closing one."""
    CHAT = "chat"
    """A user's turn; the model writes a whole answer, whose fenced blocks are the program."""
    COMPLETION = "completion"
    """Plain text that a base model continues: code as it stands, or a description as a comment."""

    @classmethod
    def for_model(cls, *, chat: bool, prefill: bool = True) -> PromptStyle:
        """The style for a model that answers in turns, prefilled where that is possible, or that continues text."""
        if not chat:
            return cls.COMPLETION
        return cls.PREFILLED if prefill else cls.CHAT
