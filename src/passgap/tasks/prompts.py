"""The prompt that a model is given for a problem."""

from __future__ import annotations

from passgap.records import Problem, Prompt
from passgap.tasks.fill_marks import FillMarks
from passgap.tasks.kinds import kind_of
from passgap.tasks.prompt_styles import PromptStyle


def render(problem: Problem, *, chat: bool, prefill: bool = True, marks: FillMarks | None = None) -> Prompt:
    """Put a problem to a chat model or a base model.

    Args:
        problem: the problem.
        chat: whether the model answers in turns.
        prefill: whether a chat model's answer is prefilled with a fence and ends with that; without, the model writes a
            whole answer, whose fenced blocks are the program.
        marks: special tokens that the model has for problems of some kinds, which are asked by them.
    """
    if marks is not None and (marked := kind_of(problem).marked_prompt(problem, marks)) is not None:
        return marked
    return kind_of(problem).prompt(problem, PromptStyle.for_model(chat=chat, prefill=prefill))
