"""A solved problem as it can be shown in a prompt."""

from __future__ import annotations

from passgap.languages import LANGUAGES
from passgap.records import Problem, Prompt, PromptKind, Record
from passgap.tasks.kinds.base import FENCE_END

FENCE = "```"


class Document(Record):
    """A solved problem of the pool."""

    id: str
    """The problem's."""
    asked: str
    """The problem as the study puts it to the model."""
    answer: str
    """The solution as the model would give it: in a fenced block."""
    plain: str
    """Both as plain text that a base model could continue."""


def document_of(problem: Problem, prompt: Prompt, program: str) -> Document | None:
    """The document of a problem and a program that solves it; None where a fence in the program would end its block.

    Args:
        problem: of the pool.
        prompt: how the study asks it.
        program: the whole program.
    """
    if FENCE in program:
        return None
    language, whole = LANGUAGES[problem.language], program.strip("\n")
    fence = prompt.prefix if prompt.prefix.startswith(FENCE) else f"{FENCE}{language.labels[0]}\n"
    begun = problem.prompt_kind is PromptKind.CODE
    return Document(
        id=problem.id,
        asked=prompt.user,
        answer=f"{fence}{whole}{FENCE_END}",
        plain=f"{'' if begun else prompt.user}{whole}\n",
    )
