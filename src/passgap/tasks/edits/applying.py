"""Applies edits to the files of a repository: exactly, or once where white space alone differs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import PurePosixPath

from passgap.records.execution import MAX_FILES
from passgap.tasks.edits.formats import Edit
from passgap.tasks.edits.outcome import EditFault, EditRule
from passgap.tasks.edits.paths import fault_of


def apply(
    files: Mapping[str, str], edits: Sequence[Edit], editable: Collection[str], hidden: Collection[str]
) -> tuple[dict[str, str], EditRule]:
    """Return the files after the edits, and how they were applied.

    No edit counts unless all do. Text is replaced where it stands exactly once; where it does not stand at all, once
    where white space at the ends of lines and within them is not compared. Nothing is guessed.

    Raises:
        EditFault: an edit does not apply, or touches a path that it may not.
    """
    edited, rule = dict(files), EditRule.APPLIED
    for edit in edits:
        fault = fault_of(edit.path, editable, hidden)
        if fault is not None:
            raise EditFault(fault)
        path = str(PurePosixPath(edit.path))
        if edit.new is None:
            if path not in edited:
                raise EditFault(EditRule.DOES_NOT_APPLY)
            del edited[path]
        elif edit.old is None:
            below = any(str(folder) in edited for folder in PurePosixPath(path).parents)
            if below or any(each.startswith(f"{path}/") for each in edited):
                raise EditFault(EditRule.DOES_NOT_APPLY)
            edited[path] = edit.new
        else:
            if path not in edited:
                raise EditFault(EditRule.DOES_NOT_APPLY)
            edited[path], exact = replaced(edited[path], edit.old, edit.new, edit.line)
            rule = rule if exact else EditRule.APPLIED_LOOSELY
    if len(edited) > MAX_FILES:
        raise EditFault(EditRule.DOES_NOT_APPLY)
    return edited, rule


def replaced(text: str, old: str, new: str, line: int | None) -> tuple[str, bool]:
    """Replace one run of whole lines; say whether it was found exactly as written.

    Raises:
        EditFault: it is not there, or several times.
    """
    has, wanted = text.splitlines(), old.splitlines()
    if not wanted:
        if line is None or not 0 <= line <= len(has):
            raise EditFault(EditRule.DOES_NOT_APPLY)
        return _spliced(text, has, line, 0, new), True
    for exact in (True, False):
        found = _places(has, wanted, exact=exact)
        if len(found) > 1 and exact and line is not None and line - 1 in found:
            found = [line - 1]
        if len(found) == 1:
            return _spliced(text, has, found[0], len(wanted), new), exact
        if found:
            break
    raise EditFault(EditRule.DOES_NOT_APPLY)


def _places(has: Sequence[str], wanted: Sequence[str], *, exact: bool) -> list[int]:
    def form(line: str) -> str:
        return line if exact else " ".join(line.split())

    mine, theirs = [form(line) for line in has], [form(line) for line in wanted]
    if not any(theirs):
        return [] if not exact else [at for at in range(len(mine)) if mine[at : at + len(theirs)] == theirs]
    return [at for at in range(len(mine) - len(theirs) + 1) if mine[at : at + len(theirs)] == theirs]


def _spliced(text: str, lines: list[str], place: int, count: int, new: str) -> str:
    kept = [*lines[:place], *new.splitlines(), *lines[place + count :]]
    ended = text.endswith(("\n", "\r")) or place + count >= len(lines)
    return "\n".join(kept) + ("\n" if kept and ended else "")
