"""Edits of a repository as models write them: read from an answer, checked, and applied strictly."""

from passgap.tasks.edits.applying import apply
from passgap.tasks.edits.formats import AnswerFormat, read_edits
from passgap.tasks.edits.outcome import EditFault, EditRule

__all__ = ["AnswerFormat", "EditFault", "EditRule", "apply", "read_edits"]
