"""The minimal arm's selection: everything the model said, less empty answers and stubs (R6)."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Sequence

from passgap.records import Record

SELECTION_RULE = (
    "no verification and no filtering; dropped are empty answers, answers of a single line, and programs whose "
    "functions hold nothing but a docstring, `pass` or `...`"
)
"""The rule in words, as pre-registered. The paper drops empty responses and single-line stubs (arXiv 2604.01193)."""


class MinimalSelection(Record):
    """Which samples are trained on, by position, and how many were dropped for which reason."""

    kept: tuple[int, ...]
    empty: int
    stubs: int


def select_minimal(programs: Sequence[str], *, drop_stubs: bool = True) -> MinimalSelection:
    """Choose the samples to train on by their extracted programs.

    Empty answers are always dropped (there is nothing to take a loss on); stubs unless ``drop_stubs`` is off.
    """
    kept: list[int] = []
    empty = stubs = 0
    for position, program in enumerate(programs):
        if not program.strip():
            empty += 1
        elif drop_stubs and is_stub(program):
            stubs += 1
        else:
            kept.append(position)
    return MinimalSelection(kept=tuple(kept), empty=empty, stubs=stubs)


def is_stub(program: str) -> bool:
    """Whether a program is a single line, or holds functions and all of them are empty.

    A program that does not parse is no stub: malformed code is part of what the model says.
    """
    if len([line for line in program.splitlines() if line.strip()]) <= 1:
        return True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a model's program, they are nobody's business here
            tree = ast.parse(program)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return bool(functions) and all(_is_hollow(statement) for node in functions for statement in node.body)


def _is_hollow(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Pass):
        return True
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
