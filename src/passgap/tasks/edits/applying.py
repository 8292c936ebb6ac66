"""Applies edits to the files of a repository: exactly, or once where white space alone differs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import PurePosixPath

from passgap.records.execution import MAX_FILES
from passgap.tasks.edits.edit import Edit
from passgap.tasks.edits.lines import lines_of
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
            if path not in edited or (edit.old is not None and lines_of(edited[path]) != lines_of(edit.old)):
                raise EditFault(EditRule.DOES_NOT_APPLY)
            del edited[path]
        elif edit.old is None:
            below = any(str(folder) in edited for folder in PurePosixPath(path).parents)
            if below or any(each.startswith(f"{path}/") for each in edited):
                raise EditFault(EditRule.DOES_NOT_APPLY)
            if edit.anew and edited.get(path):
                raise EditFault(EditRule.DOES_NOT_APPLY)
            edited[path] = edit.new.removesuffix("\n") if edit.unended else edit.new
        else:
            if path not in edited:
                raise EditFault(EditRule.DOES_NOT_APPLY)
            edited[path], exact = replaced(edited[path], edit)
            rule = rule if exact else EditRule.APPLIED_LOOSELY
    if len(edited) > MAX_FILES:
        raise EditFault(EditRule.DOES_NOT_APPLY)
    return edited, rule


def replaced(text: str, edit: Edit) -> tuple[str, bool]:
    """Replace one run of whole lines; say whether it was found exactly as written.

    Raises:
        EditFault: it is not there, or several times.
    """
    has, wanted = lines_of(text), lines_of(edit.old or "")
    if not wanted:
        if edit.line is None or not 0 <= edit.line <= len(has):
            raise EditFault(EditRule.DOES_NOT_APPLY)
        return _spliced(text, edit.line, 0, edit), True
    for exact in (True, False):
        found = _places(has, wanted, exact=exact)
        if len(found) > 1 and exact and edit.line is not None and edit.line - 1 in found:
            found = [edit.line - 1]
        if len(found) == 1:
            return _spliced(text, found[0], len(wanted), edit), exact
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


def _spliced(text: str, place: int, count: int, edit: Edit) -> str:
    """The text with some lines replaced. The others stay as they are, and new ones end as those that they replace."""
    raw = text.split("\n")
    ended = not raw[-1]
    if ended:
        del raw[-1]
    near = raw[place : place + count] or raw
    carriage = "\r" if 2 * sum(line.endswith("\r") for line in near) > len(near) else ""
    new = lines_of(edit.new or "")
    last = place + count >= len(raw)
    if edit.unended and not last:
        raise EditFault(EditRule.DOES_NOT_APPLY)
    if last:
        kept = bool(new) and new[-1:] == lines_of(edit.old or "")[-1:]  # the last line itself is not changed
        ended = not edit.unended and (ended or not kept)
    lines = [*raw[:place], *(f"{line}{carriage}" for line in new), *raw[place + count :]]
    if carriage and lines and not ended:
        lines[-1] = lines[-1].removesuffix(carriage)
    return "\n".join(lines) + ("\n" if lines and ended else "")
