"""The program in a completion: total, pure, and never more generous than the text allows."""

from __future__ import annotations

import re

from passgap.records import Problem, Prompt, PromptKind

_OPENING = re.compile(r"^[ \t]*(`{3,}|~{3,})[^\n`]*$", re.MULTILINE)


def extract_program(completion: str, problem: Problem, prompt: Prompt) -> str:
    """Take the program to be run out of a completion of ``prompt``.

    - An answer that was begun with a fence is code up to the next fence, or to its end where it was cut.
    - A chat answer that was not begun is read for its fenced blocks; without any it is taken whole.
    - A plain continuation of code is code: it is put back behind what it continues.
    """
    if prompt.prefix.lstrip().startswith(("```", "~~~")):
        program = _until_fence(completion)
    elif prompt.chat:
        program = extract_code_blocks(completion)
    else:
        program = prompt.prefix + completion
    if problem.prompt_kind is PromptKind.CODE and not _defines(program, problem.entry_point):
        return problem.prompt + program
    return program


def extract_code_blocks(answer: str) -> str:
    """All fenced blocks of an answer, joined; an unclosed last one counts to its end. Without a fence, the answer."""
    blocks: list[str] = []
    place = 0
    while opening := _OPENING.search(answer, place):
        begin = min(opening.end() + 1, len(answer))
        closing = re.compile(rf"^[ \t]*{re.escape(opening.group(1))}[ \t]*$", re.MULTILINE).search(answer, begin)
        blocks.append(answer[begin : closing.start() if closing else len(answer)])
        if closing is None:
            break
        place = closing.end()
    return "\n".join(_dedented(block) for block in blocks) if blocks else answer


def _until_fence(completion: str) -> str:
    closing = _OPENING.search(completion)
    return completion[: closing.start()] if closing else completion


def _dedented(block: str) -> str:
    """Take off the indentation that a block in a list item has."""
    lines = block.split("\n")
    filled = [line for line in lines if line.strip()]
    margin = min((len(line) - len(line.lstrip(" ")) for line in filled), default=0)
    return "\n".join(line[margin:] if line.strip() else "" for line in lines)


def _defines(program: str, name: str | None) -> bool:
    return name is not None and re.search(rf"^(?:async )?def {re.escape(name)}\b", program, re.MULTILINE) is not None
