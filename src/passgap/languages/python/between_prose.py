"""Code between sentences, where an answer has no fences."""

from __future__ import annotations

import ast
import re
import textwrap

from passgap.languages.common.parsed_program import lines_of
from passgap.languages.python.program import PythonProgram, parsed

_START = re.compile(
    r"(?:async\s+def|def|class)\s+\w|from\s+[\w.]+\s+import\b|import\s+[\w.]+|@\w"
    r"|(?:if|for|while|with|try)\b.*:\s*(?:#.*)?$|[(*]*[A-Za-z_][\w.\[\]'\", *()]*(?:\s*:[^=]+)?\s*[-+*/|&]?=(?!=)"
)
_CALL = re.compile(r"[A-Za-z_][\w.]*\(.*\)\s*(?:#.*)?$")

_MOST_LINES = 3000
_MOST_TRIES = 200
_FURTHEST = 20
"""Lines that a statement may go on at its own margin: the text of a string, an ``else``."""


def code_between_prose(answer: str, *, calls: bool) -> str:
    """The statements that stand in an answer, one after the other; nothing where there are none.

    A statement begins a line, parses, and does something: a sentence does not, nor does an expression by itself.
    With ``calls``, a call on a line of its own counts as well: a program that prints needs it.
    """
    lines = [line.rstrip("\r\n") for line in lines_of(answer)][:_MOST_LINES]
    pieces: list[str] = []
    place, tries = 0, 0
    while place < len(lines) and tries < _MOST_TRIES:
        if not _begins(lines[place], calls=calls):
            place += 1
            continue
        end, piece, spent = _statement(lines, place, calls=calls)
        tries += spent
        if piece:
            pieces.append(piece)
        place = end
    return "\n".join(pieces) + "\n" if pieces else ""


def _begins(line: str, *, calls: bool) -> bool:
    text = line.strip()
    return bool(_START.match(text) or (calls and _CALL.match(text)))


def _statement(lines: list[str], start: int, *, calls: bool) -> tuple[int, str, int]:
    """The statement that begins on a line: where the next may begin, its text, and how often it was parsed."""
    margin = _indent(lines[start])
    end = _grown(lines, start + 1, margin)
    tries = 0
    for _ in range(_FURTHEST):
        tries += 1
        piece = textwrap.dedent("\n".join(lines[start:end])).rstrip()
        program = parsed(piece)
        if program is not None and _counts(program, calls=calls):
            return _with_branches(lines, start, end, margin, piece, tries)
        if end >= len(lines):
            break
        end = _grown(lines, end + 1, margin)
    return start + 1, "", tries


def _with_branches(lines: list[str], start: int, end: int, margin: int, piece: str, tries: int) -> tuple[int, str, int]:
    """The same with the branches that follow at its margin."""
    further = end
    while further < len(lines) and re.match(r"(?:elif|else|except|finally)\b", lines[further].strip()):
        further = _grown(lines, further + 1, margin)
    if further > end:
        longer = textwrap.dedent("\n".join(lines[start:further])).rstrip()
        tries += 1
        if parsed(longer) is not None:
            return further, longer, tries
    return end, piece, tries


def _grown(lines: list[str], end: int, margin: int) -> int:
    """The end of what belongs to a statement by its indentation."""
    while end < len(lines) and (
        not lines[end].strip() or _indent(lines[end]) > margin or lines[end].strip()[0] in ")]}"
    ):
        end += 1
    return end


def _counts(program: PythonProgram, *, calls: bool) -> bool:
    if program.binds:
        return True
    body = program.tree.body
    return all(not isinstance(each, ast.Expr) or (calls and isinstance(each.value, ast.Call)) for each in body)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" \t"))
