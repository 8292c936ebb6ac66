"""The interface of a log format."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, NamedTuple

from passgap.estimates import Counts
from passgap.logs.imported import ImportedLog
from passgap.logs.json_content import Archive, JsonDocument, JsonLines

LogContent = Archive | JsonLines | JsonDocument
"""The content of a file, decompressed and parsed."""


class Refusal(NamedTuple):
    """A file of a harness that has no results, and the file to use instead."""

    recognised: str
    advice: str


class LogFormat(ABC):
    """A format in which a harness writes results. Each module of this package defines one, as ``FORMAT``."""

    name: ClassVar[str]
    """The name of the harness."""
    position: ClassVar[int]
    """Formats are tried and listed in this order."""
    files: ClassVar[str]
    """The files of this format, for the list of supported files."""
    marks: ClassVar[tuple[str, ...]] = ()
    """Strings that all occur near the beginning of such a file, by which damaged files are recognised."""

    @property
    def recognised(self) -> str:
        """The phrase for messages about a file of this format."""
        return f"recognised as {self.name}"

    @abstractmethod
    def recognises(self, content: LogContent) -> bool:
        """Whether the content is of this format. No two formats recognise the same content."""

    @abstractmethod
    def read(self, content: LogContent, where: str) -> ImportedLog:
        """Read content of this format.

        Args:
            content: the file's content.
            where: the file's name, for messages.

        Raises:
            StoreError: parts of it cannot be read. All of them are listed, up to a limit.
            StudyError: a sample has more than one result.
        """

    def refusal(self, content: LogContent) -> Refusal | None:
        """Recognise other files of the harness, which have no results; None for anything else."""
        return None

    def count(self, raw: bytes) -> Counts | None:
        """Count the results without a record for each, if the format supports it; None otherwise."""
        return None


def fields_of(content: LogContent) -> frozenset[str]:
    """The field names of the first line; empty if the content has no lines."""
    lines = lines_of(content)
    return frozenset(lines[0][1]) if lines else frozenset()


def lines_of(content: LogContent) -> list[tuple[int, dict[str, Any]]]:
    """The numbered lines. A document that is a list of results, or a single result, counts as lines."""
    if isinstance(content, JsonLines):
        return content.lines
    if not isinstance(content, JsonDocument):
        return []
    value = content.value if isinstance(content.value, list) else [content.value]
    if value and all(isinstance(each, dict) for each in value) and "task_id" in value[0]:
        return list(enumerate(value, start=1))
    return []
