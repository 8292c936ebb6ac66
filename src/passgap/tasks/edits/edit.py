"""An edit of a file, as an answer states it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Edit:
    """One edit of one file."""

    path: str
    old: str | None
    """The text that it replaces, or all text of a file that is removed; None where what the file holds does not
    matter."""
    new: str | None
    """The text that is put there; None where the file is removed."""
    line: int | None = None
    """Where a diff says that the old text begins, counted from 1: it decides where the text stands more than once."""
    anew: bool = False
    """Whether the file is one that is not there yet, or is empty."""
    unended: bool = False
    """Whether the file ends with the new text, without the end of a line."""
