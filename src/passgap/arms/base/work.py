"""The works of an arm: steps that take device-hours, for the plan and the budget."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue

from passgap.spec.budget import Part


@dataclass(frozen=True)
class Work:
    """A step that takes device-hours: samples that are drawn, and perhaps run; or a fine-tune on them."""

    part: Part
    """Of the budget, from which it is paid."""
    name: str
    """Of its artifacts, less the stage: ``base-heldout`` of ``base-heldout-samples``; ``ssd`` of ``ssd-model``."""
    samples: int
    longest: int | None = None
    """The most tokens that a sample can have; None for production decoding's limit."""
    run: bool = False
    """Whether the samples are run in the sandbox too; of a fine-tune, whether they are drawn and run within it."""
    runs: int = 1
    """The times that each sample is run, as on several inputs."""
    results: str | None = None
    """The name of the artifact of the runs, less ``-results``; None where it is that of the samples."""
    draw: bool = True
    """Whether the samples are drawn for it; not where another work draws them, and this one runs them."""
    title: str = ""
    """Its name in a plan."""
    seen: int | None = None
    """Examples that the updates of a fine-tune go through, each counted as often as it is seen."""
    updates: int | None = None
    """Of a fine-tune."""
    made_from: Mapping[str, JsonValue] = field(default_factory=dict)
    """Inputs of its artifact, by dotted path: what is on disk with these need not be done again, and two arms that need
    the same work share it."""
