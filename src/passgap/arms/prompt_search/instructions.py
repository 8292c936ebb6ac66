"""Put an instruction into a prompt."""

from __future__ import annotations

from enum import StrEnum

from passgap.records import Prompt


class Place(StrEnum):
    """Where an instruction stands."""

    SYSTEM = "system"
    """In the system turn of the conversation."""
    USER = "user"
    """Before the problem: in the user's turn, or in the text that a base model continues."""

    @classmethod
    def of(cls, declared: str, *, chat: bool) -> Place:
        """The declared place; with ``auto``, the system turn of a model that has one."""
        if declared == "auto":
            return cls.SYSTEM if chat else cls.USER
        return cls(declared)


def with_instruction(prompt: Prompt, instruction: str, place: Place) -> Prompt:
    """The prompt with an instruction; the prompt itself where the instruction is empty."""
    if not instruction:
        return prompt
    if place is Place.SYSTEM:
        before = f"{prompt.system}\n\n" if prompt.system else ""
        return prompt.model_copy(update={"system": before + instruction})
    return prompt.model_copy(update={"user": f"{instruction}\n\n{prompt.user}"})
