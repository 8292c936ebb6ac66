"""Unified diffs, read as edits of files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from passgap.tasks.edits.edit import Edit
from passgap.tasks.edits.lines import lines_of, path_of_both, unquoted
from passgap.tasks.edits.outcome import EditFault, EditRule
from passgap.tasks.edits.paths import is_below

_HUNK = re.compile(r"^@@(?: -(\d+)(?:,(\d+))? \+\d+(?:,(\d+))? @@.*|.*)$")
_NO_TEXT = ("rename ", "copy ", "Binary files ", "GIT binary patch")
"""Headers of changes that state no text: files that are moved or copied, and those that are no text."""
_LINK_MODE = re.compile(r"^(?:new file mode|new mode|old mode|deleted file mode) 1[26]0000", re.MULTILINE)


@dataclass
class _Section:
    """The part of a diff that is about one file, as far as it was read."""

    named: str | None = None
    """The path that its first header names on both sides."""
    created: bool = False
    removed: bool = False
    hunks: bool = False
    """Whether it stated old and new text."""

    def whole_file(self) -> Iterator[Edit]:
        """The edit of a section without text: an empty file that is added or removed."""
        if self.hunks or not (self.created or self.removed):
            return
        if self.named is None:
            raise EditFault(EditRule.DOES_NOT_APPLY)
        yield Edit(self.named, None, "", anew=True) if self.created else Edit(self.named, "", None)


def hunks(answer: str) -> Iterator[Edit]:
    """Yield the edits of a unified diff, as models write it or as git does.

    Raises:
        EditFault: it makes a symbolic link, moves or copies a file, changes one that is no text, or is not whole.
    """
    if _LINK_MODE.search(answer):
        raise EditFault(EditRule.OUTSIDE)
    lines = lines_of(answer)
    source = target = None
    section, header = _Section(), False
    place = 0
    while place < len(lines):
        line = lines[place]
        if line.startswith("diff --git "):
            yield from section.whole_file()
            section, header = _Section(path_of_both(line.removeprefix("diff --git "))), True
            source = target = None
        elif line.startswith("--- ") and place + 1 < len(lines) and lines[place + 1].startswith("+++ "):
            source, target = _diff_path(line), _diff_path(lines[place + 1])
            section.hunks, header = True, False
            if target is None and source is not None:
                old, place = _removed(lines, place + 2)
                yield Edit(source, old, None)
                continue
            place += 1
        elif header and not line:
            header = False
        elif header:
            section.created |= line.startswith("new file mode ")
            section.removed |= line.startswith("deleted file mode ")
            if line.startswith(_NO_TEXT):
                raise EditFault(EditRule.DOES_NOT_APPLY)
        elif target is not None and (hunk := _HUNK.match(line)):
            if source is not None and source != target:
                inside = is_below(source) and is_below(target)
                raise EditFault(EditRule.DOES_NOT_APPLY if inside else EditRule.OUTSIDE)
            read = _hunk(lines, place + 1, hunk)
            if source is None and read.old:
                raise EditFault(EditRule.DOES_NOT_APPLY)
            stated = int(hunk.group(1)) if hunk.group(1) else None
            old_text = None if source is None else read.old
            yield Edit(target, old_text, read.new, stated, anew=source is None, unended=read.unended)
            place = read.place
            continue
        place += 1
    yield from section.whole_file()


def _removed(lines: list[str], place: int) -> tuple[str | None, int]:
    """The text of a file that a diff removes, where it is stated, and the number of the line behind it."""
    old: str | None = None
    while place < len(lines) and (hunk := _HUNK.match(lines[place])):
        read = _hunk(lines, place + 1, hunk)
        if read.new:
            raise EditFault(EditRule.DOES_NOT_APPLY)
        old, place = (old or "") + read.old, read.place
    return old, place


class _Read(NamedTuple):
    """A hunk."""

    old: str
    new: str
    unended: bool
    """Whether the new text ends without the end of a line."""
    place: int
    """The number of the line behind it."""


def _hunk(lines: list[str], place: int, head: re.Match[str]) -> _Read:
    """Read a hunk, whose lines go on while they look like its own, since models miscount.

    The counts that its head states decide where a line looks like the beginning of another file.
    """
    old: list[str] = []
    new: list[str] = []
    counts = tuple(int(each or 1) for each in head.group(2, 3)) if head.group(1) else (0, 0)
    unended = False
    while place < len(lines):
        line = lines[place]
        if line.startswith("diff --git "):
            break
        another = line.startswith("--- ") and lines[place + 1 : place + 2] and lines[place + 1].startswith("+++ ")
        if another and not (len(old) < counts[0] and len(new) < counts[1]):
            break
        if line.startswith("\\"):  # "\\ No newline at end of file"
            unended |= lines[place - 1][:1] in ("+", " ")
        elif line.startswith("-"):
            old.append(line[1:])
        elif line.startswith("+"):
            new.append(line[1:])
        elif line.startswith(" ") or not line:
            old.append(line[1:])
            new.append(line[1:])
        else:
            break
        place += 1
    while old and new and not old[-1] and not new[-1]:  # blank lines between the hunk and what follows it
        del old[-1], new[-1]
    return _Read("".join(f"{each}\n" for each in old), "".join(f"{each}\n" for each in new), unended, place)


def _diff_path(line: str) -> str | None:
    path = unquoted(line[4:].partition("\t")[0].strip())
    if path == "/dev/null":
        return None
    return path[2:] if path[:2] in ("a/", "b/") else path
