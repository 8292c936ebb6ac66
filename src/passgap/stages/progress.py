"""The display of a stage's progress, as a protocol."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from passgap.ports import Progress


class ProgressReporter(Protocol):
    """Displays the progress of one task at a time."""

    @contextmanager
    def task(self, title: str, total: int, *, done: int = 0, unit: str = "samples") -> Iterator[Progress]:
        """Begin a task of ``total`` units, of which ``done`` are finished. Yields the callback for further ones."""
        ...

    def note(self, text: str) -> None:
        """Display one line."""
        ...

    def scored(self, name: str, passed: int, samples: int) -> None:
        """Take notice that one more problem is scored, in an order that outcomes have no influence on.

        Args:
            name: of the results: ``base-heldout``.
            passed: how many of its samples passed.
            samples: how many were scored; at least one.
        """
        ...


class Silent:
    """Displays nothing: for the Python API, tests and ``--json``."""

    @contextmanager
    def task(self, title: str, total: int, *, done: int = 0, unit: str = "samples") -> Iterator[Progress]:
        """Yield a progress callback that does nothing."""
        del title, total, done, unit
        yield lambda _: None

    def note(self, text: str) -> None:
        """Display nothing."""
        del text

    def scored(self, name: str, passed: int, samples: int) -> None:
        """Display nothing."""
        del name, passed, samples
