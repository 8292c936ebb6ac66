"""How an answer became an edit, or why it did not."""

from __future__ import annotations

from enum import StrEnum


class EditRule(StrEnum):
    """How an answer was read as edits. All but the first two are refused, and counted apart from failed tests."""

    APPLIED = "edit applied"
    APPLIED_LOOSELY = "edit applied where white space differs"
    """Its old text was not found as written, and once where white space is not compared."""
    NONE = "no edit in the answer"
    DOES_NOT_APPLY = "edit that does not apply"
    """The text that it replaces is not in the file, or is there more than once."""
    OUTSIDE = "edit outside the repository"
    """An absolute path, one that climbs out, or a symbolic link."""
    NOT_EDITABLE = "edit of a file that may not be edited"
    STEERS_TESTS = "edit of a file that steers the tests"
    """A test that is laid over the tree, or the configuration of a test runner or a build."""


class EditFault(Exception):  # noqa: N818 - an answer: the rule says which
    """An answer whose edit is refused; the rule says why."""

    def __init__(self, rule: EditRule) -> None:
        super().__init__(rule.value)
        self.rule = rule
