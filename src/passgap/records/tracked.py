"""A study's results as an experiment tracker takes them: flat names, numbers and files."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from passgap.records.base import Record


class TrackedRun(Record):
    """The values that every tracker of a study gets. Names hold letters, digits, ``_``, ``-``, ``.`` and ``/`` only."""

    name: str
    parameters: dict[str, str] = Field(default_factory=dict)
    """Declared settings and provenance."""
    metrics: dict[str, float] = Field(default_factory=dict)
    """Numbers; those of an estimate are its value and, under further names, both interval ends and its sizes."""
    tags: dict[str, str] = Field(default_factory=dict)
    """Verdict, outcomes, and the reasons why a number is missing."""
    files: tuple[Path, ...] = ()
    """Files to attach."""
