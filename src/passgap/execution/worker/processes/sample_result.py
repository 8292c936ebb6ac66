"""The result of one sample, until nothing is left of its process."""

from __future__ import annotations

from dataclasses import dataclass

from .sample_process import Process


@dataclass
class SampleResult:
    """A decided sample, published once its process is gone."""

    job: int
    kind: str
    reason: str
    seconds: float
    cases: str | None = None
    behaviour: str | None = None
    process: Process | None = None
    """The process whose end is still awaited; None where nothing is left of it."""
    gone: bool = False
    """Whether its process ended before its tests were done: how it ended then decides the kind."""
    again: str = ""
    """Why it should be tried once more, as in :mod:`.process_end`; nothing where it should not."""
    peak: int | None = None
