"""The last fenced block of an answer, where the answer is a text that is put somewhere rather than a program."""

from __future__ import annotations

from dataclasses import dataclass

from passgap.languages import Language
from passgap.records import Prompt
from passgap.tasks.answers.blocks import BlockLanguage, blocks_of
from passgap.tasks.answers.reasoning import without_reasoning


@dataclass(frozen=True)
class FencedAnswer:
    """The text of a block, with the line break that ends it."""

    text: str
    reasoning: bool


def fenced_answer(completion: str, prompt: Prompt, language: Language) -> FencedAnswer | None:
    """The text of the answer: of a prefilled one, up to the fence that ends it, else the last block of the language.

    An answer without fences is taken whole; None is one with nothing in it.
    """
    if prompt.prefix.lstrip().startswith(("```", "~~~")):
        begun = blocks_of(prompt.prefix.lstrip() + completion, language)
        return _ended(begun[0].text, reasoning=False) if begun and begun[0].text.strip() else None
    answer = without_reasoning(completion)
    blocks = blocks_of(answer.text, language)
    asked = [block for block in blocks if block.language is not BlockLanguage.OTHER] or blocks
    text = asked[-1].text if asked else answer.text
    return _ended(text, reasoning=answer.reasoning) if text.strip() else None


def _ended(text: str, *, reasoning: bool) -> FencedAnswer:
    """The text with the line break before its closing fence, which may be the stop string or missing."""
    return FencedAnswer(text if text.endswith("\n") else f"{text}\n", reasoning)
