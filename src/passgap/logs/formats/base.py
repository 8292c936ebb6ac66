"""The interface of a format: how it is recognised by content, and how it is read."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, NamedTuple

from passgap.estimates import Counts
from passgap.logs.imported import ImportedLog
from passgap.logs.json_content import Archive, JsonDocument, JsonLines

LogContent = Archive | JsonLines | JsonDocument
"""The content of a file, unpacked and parsed."""


class Refusal(NamedTuple):
    """Something of a harness that holds no results, and the file to give instead."""

    recognised: str
    advice: str


class LogFormat(ABC):
    """A format in which some harness writes results. Each module of this package defines one, as ``FORMAT``."""

    name: ClassVar[str]
    """The harness, as people know it."""
    position: ClassVar[int]
    """Formats are asked in this order, and listed in it."""
    files: ClassVar[str]
    """The files of this format, for the list of supported ones."""
    marks: ClassVar[tuple[str, ...]] = ()
    """Texts that all occur near the beginning of such a file, by which a damaged one is still recognised."""

    @property
    def recognised(self) -> str:
        """The words that say that a file was recognised as this."""
        return f"recognised as {self.name}"

    @abstractmethod
    def recognises(self, content: LogContent) -> bool:
        """Whether this is content of the format. No two formats recognise the same content."""

    @abstractmethod
    def read(self, content: LogContent, where: str) -> ImportedLog:
        """Read content that the format recognises.

        Args:
            content: of the file.
            where: the file's name, for messages.

        Raises:
            StoreError: something in it cannot be read; all of it is named, up to a limit.
            StudyError: a sample has more than one result.
        """

    def refusal(self, content: LogContent) -> Refusal | None:
        """Return what else of this harness the content is; None where it is nothing of it."""
        return None

    def count(self, raw: bytes) -> Counts | None:
        """Count the results of a file without a record for each, where the format has a fast way; None otherwise."""
        return None


def fields_of(content: LogContent) -> frozenset[str]:
    """The field names of the first line; of none where the content has no lines."""
    lines = lines_of(content)
    return frozenset(lines[0][1]) if lines else frozenset()


def lines_of(content: LogContent) -> list[tuple[int, dict[str, Any]]]:
    """The numbered lines; a list of results in one document counts as lines, and so does a single result."""
    if isinstance(content, JsonLines):
        return content.lines
    if not isinstance(content, JsonDocument):
        return []
    value = content.value if isinstance(content.value, list) else [content.value]
    if value and all(isinstance(each, dict) for each in value) and "task_id" in value[0]:
        return list(enumerate(value, start=1))
    return []
