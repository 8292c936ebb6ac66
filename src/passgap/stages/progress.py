"""How a stage tells somebody how far it is, without knowing whether anybody looks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from passgap.ports import Progress


class ProgressReporter(Protocol):
    """Shows the progress of one task at a time."""

    @contextmanager
    def task(self, title: str, total: int, *, done: int = 0, unit: str = "samples") -> Iterator[Progress]:
        """Begin a task of ``total`` units, ``done`` of them from an earlier run; yields what to call with each step."""
        ...

    def note(self, text: str) -> None:
        """Say one line."""
        ...


class Silent:
    """Shows nothing: for the Python API, tests and ``--json``."""

    @contextmanager
    def task(self, title: str, total: int, *, done: int = 0, unit: str = "samples") -> Iterator[Progress]:
        """Yield a progress callback that does nothing."""
        del title, total, done, unit
        yield lambda _: None

    def note(self, text: str) -> None:
        """Say nothing."""
        del text
