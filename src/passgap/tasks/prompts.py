"""The prompts that a model is given for each kind of problem."""

from __future__ import annotations

from enum import StrEnum

from passgap.records import AssertTests, Problem, Prompt, PromptKind

SHOWN_TESTS = 3
"""The tests that a description in words is accompanied by, as is customary for MBPP."""

FENCE = "```python\n"
FENCE_END = "\n```"

CODE_STOPS = ("\nclass ", "\ndef ", "\n#", "\nif ", "\nprint(", "\nassert ", "\n@")
"""Texts that begin something other than the function to be completed."""


class PromptStyle(StrEnum):
    """The form of a prompt."""

    CHAT_ASSERTS = "chat-asserts"
    """A user's turn with the description and its first tests; the answer is begun with a Python fence."""
    CHAT_CODE = "chat-code"
    """A user's turn that asks to complete a function; the answer is begun with a Python fence."""
    COMPLETION = "completion"
    """Plain text that a base model continues: code as it stands, or a description as a docstring."""


def style_for(problem: Problem, *, chat: bool) -> PromptStyle:
    """The style of a problem for a chat model or a base model."""
    if not chat:
        return PromptStyle.COMPLETION
    return PromptStyle.CHAT_CODE if problem.prompt_kind is PromptKind.CODE else PromptStyle.CHAT_ASSERTS


def render(problem: Problem, *, chat: bool, begun: bool = True) -> Prompt:
    """Render a problem for a chat model or a base model.

    Args:
        problem: the problem.
        chat: whether the model answers in turns.
        begun: whether a chat model's answer is begun for it with a fence and ends with that; without, the model
            writes a whole answer, whose fenced blocks are the program.
    """
    prompt = _rendered(problem, style_for(problem, chat=chat))
    return prompt.model_copy(update={"prefix": "", "stop": ()}) if chat and not begun else prompt


def _rendered(problem: Problem, style: PromptStyle) -> Prompt:
    if style is PromptStyle.CHAT_ASSERTS:
        user = "\n".join([problem.prompt, *_shown_tests(problem)])
        return Prompt(user=user, prefix=FENCE, stop=(FENCE_END,))
    if style is PromptStyle.CHAT_CODE:
        head = f"{FENCE}{problem.prompt.strip()}{FENCE_END}"
        user = f"Complete this Python function. Answer with the whole function.\n\n{head}"
        return Prompt(user=user, prefix=FENCE, stop=(FENCE_END,))
    if problem.prompt_kind is PromptKind.CODE:
        return Prompt(user=problem.prompt, stop=CODE_STOPS, chat=False)
    head = "\n".join(['"""', problem.prompt, *_shown_tests(problem), '"""', ""])
    begun = f"def {problem.entry_point}(" if problem.entry_point else ""
    return Prompt(user=head, prefix=begun, stop=CODE_STOPS, chat=False)


def _shown_tests(problem: Problem) -> list[str]:
    if not isinstance(problem.tests, AssertTests):
        return []
    return ["Your code should pass these tests:", *problem.tests.statements[:SHOWN_TESTS]]
