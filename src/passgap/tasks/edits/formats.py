"""The forms in which an answer states its edits, each read into old and new text by path."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum

from passgap.tasks.edits.edit import Edit
from passgap.tasks.edits.lines import lines_of
from passgap.tasks.edits.outcome import EditFault, EditRule
from passgap.tasks.edits.udiff import hunks

_FENCE = re.compile(r"^(`{3,}|~{3,})[ \t]*([^`\n]*)$")
_PATH = re.compile(r"(?:[\w.@+~-]+/)*[\w.@+~-]*\.?[\w@+~-]+|(?:/|\.\./|\\)?\S*[/\\]\S*")
_SEARCH, _MIDDLE, _REPLACE = (
    re.compile(rf"^{mark}{{5,9}} ?{word}\s*$") for mark, word in (("<", "SEARCH"), ("=", ""), (">", "REPLACE"))
)
MOST_EDITS = 500


class AnswerFormat(StrEnum):
    """How an answer states its edits; declared by the problem."""

    WHOLE = "whole"
    """Whole files: a line with the path, and a fenced block with the content."""
    SEARCH_REPLACE = "search-replace"
    """Below a line with the path, blocks of the old text and the new one between conflict marks."""
    UDIFF = "udiff"
    """A unified diff."""


def read_edits(answer: str, form: AnswerFormat, only_path: str | None = None) -> list[Edit]:
    """The edits of an answer, in order.

    Args:
        answer: the text.
        form: the form that was asked for.
        only_path: in the form of whole files, the file of a single block without a path: the one that may be edited.

    Raises:
        EditFault: it holds none, or not in this form.
    """
    readers = {AnswerFormat.WHOLE: _whole, AnswerFormat.SEARCH_REPLACE: _replacements, AnswerFormat.UDIFF: _of_diff}
    edits = []
    for edit in readers[form](answer, only_path):
        edits.append(edit)
        if len(edits) > MOST_EDITS:
            raise EditFault(EditRule.DOES_NOT_APPLY)
    if not edits:
        raise EditFault(EditRule.NONE)
    return edits


def _whole(answer: str, only_path: str | None) -> Iterator[Edit]:
    blocks = list(_blocks(answer))
    named = [(path, text) for path, text in blocks if path is not None]
    if not named and len(blocks) == 1 and only_path is not None:
        named = [(only_path, blocks[0][1])]
    for path, text in named:
        yield Edit(path, None, text)


def _blocks(answer: str) -> Iterator[tuple[str | None, str]]:
    """The fenced blocks, each with the path on the line above it or behind its language; the last may be unclosed."""
    lines = lines_of(answer)
    place, above = 0, ""
    while place < len(lines):
        opening = _FENCE.match(lines[place])
        if opening is None:
            above = lines[place] if lines[place].strip() else above
            place += 1
            continue
        fence, info = opening.group(1), opening.group(2).split()
        end = place + 1
        while end < len(lines) and not (lines[end].startswith(fence) and not lines[end].strip(fence[0] + " \t")):
            end += 1
        text = "".join(f"{line}\n" for line in lines[place + 1 : end])
        yield path_in(above) or next((word for word in info[1:] if path_in(word)), None), text
        place, above = end + 1, ""


def path_in(line: str) -> str | None:
    """The path that a line consists of, apart from what marks it as a title or as code; None where it is text."""
    bare = line.strip().strip("*#`: \t")
    for word in ("File", "file", "FILE", "Path", "path"):
        if bare.startswith(f"{word}:"):
            bare = bare[len(word) + 1 :].strip(" *`\t")
    return bare if bare and _PATH.fullmatch(bare) and ("." in bare or "/" in bare or "\\" in bare) else None


def _replacements(answer: str, only_path: str | None) -> Iterator[Edit]:
    lines = lines_of(answer)
    path, place = None, 0
    while place < len(lines):
        line = lines[place]
        if not _SEARCH.match(line):
            path = path_in(line) or path
            place += 1
            continue
        middle = _next(lines, place, _MIDDLE)
        end = _next(lines, middle, _REPLACE)
        where = path or only_path
        if where is None:
            raise EditFault(EditRule.DOES_NOT_APPLY)
        old, new = (
            "".join(f"{each}\n" for each in part) for part in (lines[place + 1 : middle], lines[middle + 1 : end])
        )
        yield Edit(where, old or None, new, anew=not old)
        place = end + 1


def _next(lines: list[str], place: int, mark: re.Pattern[str]) -> int:
    """The number of the next line with a mark.

    Raises:
        EditFault: there is none: the block is not finished.
    """
    for number in range(place + 1, len(lines)):
        if mark.match(lines[number]):
            return number
    raise EditFault(EditRule.DOES_NOT_APPLY)


def _of_diff(answer: str, only_path: str | None) -> Iterator[Edit]:
    """The edits of a diff, which names the file of each."""
    del only_path
    return hunks(answer)
