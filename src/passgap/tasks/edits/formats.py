"""The forms in which an answer states its edits, each read into old and new text by path."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from passgap.tasks.edits.outcome import EditFault, EditRule

_FENCE = re.compile(r"^(`{3,}|~{3,})[ \t]*([^`\n]*)$")
_PATH = re.compile(r"(?:[\w.@+~-]+/)*[\w.@+~-]*\.?[\w@+~-]+|(?:/|\.\./|\\)?\S*[/\\]\S*")
_SEARCH, _MIDDLE, _REPLACE = (
    re.compile(rf"^{mark}{{5,9}} ?{word}\s*$") for mark, word in (("<", "SEARCH"), ("=", ""), (">", "REPLACE"))
)
_HUNK = re.compile(r"^@@(?: -(\d+)(?:,\d+)? \+\d+(?:,\d+)? @@.*|.*)$")
_LINK_MODE = re.compile(r"^(?:new file mode|new mode|old mode|deleted file mode) 1[26]0000", re.MULTILINE)
MOST_EDITS = 500


class AnswerFormat(StrEnum):
    """How an answer states its edits; declared by the problem."""

    WHOLE = "whole"
    """Whole files: a line with the path, and a fenced block with the content."""
    SEARCH_REPLACE = "search-replace"
    """Below a line with the path, blocks of the old text and the new one between conflict marks."""
    UDIFF = "udiff"
    """A unified diff."""


@dataclass(frozen=True)
class Edit:
    """One edit of one file."""

    path: str
    old: str | None
    """The text that it replaces; None where the file is written anew."""
    new: str | None
    """The text that is put there; None where the file is removed."""
    line: int | None = None
    """Where a diff says that the old text begins, counted from 1: it decides where the text stands more than once."""


def read_edits(answer: str, form: AnswerFormat, only_path: str | None = None) -> list[Edit]:
    """The edits of an answer, in order.

    Args:
        answer: the text.
        form: the form that was asked for.
        only_path: in the form of whole files, the file of a single block without a path: the one that may be edited.

    Raises:
        EditFault: it holds none, or not in this form.
    """
    reader = {AnswerFormat.WHOLE: _whole, AnswerFormat.SEARCH_REPLACE: _replacements, AnswerFormat.UDIFF: _hunks}[form]
    edits = []
    for edit in reader(answer, only_path):
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
    lines = answer.splitlines()
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
    lines = answer.splitlines()
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
        yield Edit(where, old or None, new)
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


def _hunks(answer: str, only_path: str | None) -> Iterator[Edit]:
    if _LINK_MODE.search(answer):
        raise EditFault(EditRule.OUTSIDE)
    lines = answer.splitlines()
    source = target = None
    place = 0
    while place < len(lines):
        line = lines[place]
        if line.startswith("--- ") and place + 1 < len(lines) and lines[place + 1].startswith("+++ "):
            source, target = _diff_path(line), _diff_path(lines[place + 1])
            place += 2
            if target is None and source is not None:
                yield Edit(source, None, None)
            continue
        hunk = _HUNK.match(line) if target is not None else None
        if hunk is None:
            place += 1
            continue
        old, new, place = _hunk(lines, place + 1)
        assert target is not None
        if source is not None and source != target:
            raise EditFault(EditRule.DOES_NOT_APPLY)
        stated = int(hunk.group(1)) if hunk.group(1) else None
        yield Edit(target, None if source is None else old, new, stated)


def _hunk(lines: list[str], place: int) -> tuple[str, str, int]:
    """The old and the new text of a hunk, and the number of the line behind it."""
    old, new = [], []
    while place < len(lines):
        line = lines[place]
        if line.startswith("--- ") and lines[place + 1 : place + 2] and lines[place + 1].startswith("+++ "):
            break
        if line.startswith("-"):
            old.append(line[1:])
        elif line.startswith("+"):
            new.append(line[1:])
        elif line.startswith(" ") or not line:
            old.append(line[1:])
            new.append(line[1:])
        elif not line.startswith("\\"):  # "\\ No newline at end of file" is no part of the text
            break
        place += 1
    while old and new and not old[-1] and not new[-1]:  # blank lines between the hunk and what follows it
        del old[-1], new[-1]
    return "".join(f"{each}\n" for each in old), "".join(f"{each}\n" for each in new), place


def _diff_path(line: str) -> str | None:
    path = line[4:].partition("\t")[0].strip()
    if path == "/dev/null":
        return None
    return path[2:] if path[:2] in ("a/", "b/") else path
