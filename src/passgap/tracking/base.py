"""The interface of an experiment tracker, and what keeps secrets out of what is written and said."""

from __future__ import annotations

import os
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

from passgap.records.tracked import TrackedRun
from passgap.spec.section import Section


class Sink(ABC):
    """A tracker that results are written to."""

    name: ClassVar[str]
    """Under ``tracking`` in ``study.yaml``."""
    requirement: ClassVar[str]
    """The argument of ``pip install`` for its client."""
    Section: ClassVar[type[Section]]
    """Its block under ``tracking``."""

    @abstractmethod
    def write(self, section: Any, run: TrackedRun, study: Path) -> str:
        """Write a run with the tracker's own client, and return where it is, in words.

        Any exception says that it was not written; the study goes on.

        Args:
            section: its block.
            run: without secrets.
            study: the study's folder, in which a local tracker keeps its files.
        """


_CREDENTIALS = re.compile(r"(?<=://)[^/\s@]+@")
_SECRET_NAME = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL", re.IGNORECASE)
_SHORTEST_SECRET = 6
HIDDEN = "***"


def without_secrets(text: str) -> str:
    """The text without credentials of URLs, and without the values of environment variables that hold secrets."""
    for secret in _secrets():
        text = text.replace(secret, HIDDEN)
    return _CREDENTIALS.sub(f"{HIDDEN}@", text)


def cleaned(run: TrackedRun) -> TrackedRun:
    """The run without secrets in its parameters and tags."""
    return run.model_copy(update={"parameters": _cleaned(run.parameters), "tags": _cleaned(run.tags)})


def holds_password(text: str) -> bool:
    """Whether a URL holds credentials."""
    return _CREDENTIALS.search(text) is not None


def _cleaned(texts: Mapping[str, str]) -> dict[str, str]:
    return {name: without_secrets(text) for name, text in texts.items()}


def _secrets() -> Iterator[str]:
    """The values of this process's environment variables whose names say that they are secrets, longest first."""
    values = [value for name, value in os.environ.items() if _SECRET_NAME.search(name)]
    yield from sorted((each for each in values if len(each) >= _SHORTEST_SECRET), key=len, reverse=True)
