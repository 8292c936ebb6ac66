"""The cost of each stage: written down while it works, so that killed runs count, and read from finished artifacts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from threading import Lock

from pydantic import JsonValue

from passgap.ports import Clock
from passgap.records import Record
from passgap.store import Artifact, read_json, write_json

WRITE_SECONDS = 5.0
"""How often the time is written down at most: what a killed run's account lacks at most, besides its last step."""


class Stage(StrEnum):
    """The kind of work that a cost belongs to."""

    SAMPLING = "sampling"
    SCORING = "scoring"
    TRAINING = "training"
    PROBES = "probes"
    SIGNAL = "signal"


_STAGES = {
    "-probes-samples": Stage.PROBES,
    "-samples": Stage.SAMPLING,
    "-results": Stage.SCORING,
    "-model": Stage.TRAINING,
    "-signal": Stage.SIGNAL,
}
"""Stages by how their artifacts are named; the first that fits counts."""


class StageCost(Record):
    """The work of one stage of one arm."""

    name: str
    seconds: float
    """Device-seconds, over all runs that contributed, killed ones too: two devices that work for one second are two."""
    tokens: int = 0
    """New tokens sampled, tokens trained on, or positions looked at."""
    samples: int = 0
    prompt_tokens: int = 0
    """Tokens of prompts, counted for every sample, also where its prompt was read once for several."""

    @property
    def stage(self) -> Stage:
        """Which stage it is."""
        return next(stage for ending, stage in _STAGES.items() if self.name.endswith(ending))

    @property
    def hours(self) -> float:
        """Device-hours."""
        return self.seconds / 3600.0

    @property
    def tokens_per_second(self) -> float | None:
        """Tokens a device-second; None where the stage handles none."""
        return self.tokens / self.seconds if self.tokens and self.seconds else None


def cost_of(artifact: Artifact) -> StageCost:
    """Read the cost of a complete artifact."""
    return cost_of_facts(artifact.name, artifact.manifest)


def cost_of_facts(name: str, manifest: Mapping[str, JsonValue]) -> StageCost:
    """Read a cost from what the manifest of the artifact of this name says."""
    return StageCost(
        name=name,
        seconds=_number(manifest.get("seconds")),
        tokens=int(_number(manifest.get("tokens"))),
        samples=int(_number(manifest.get("samples"))),
        prompt_tokens=int(_number(manifest.get("prompt_tokens"))),
    )


def sum_costs(costs: Iterable[StageCost]) -> StageCost:
    """The cost of the parts of one stage, of which there is at least one."""
    parts = list(costs)
    return StageCost(
        name=parts[0].name,
        seconds=sum(part.seconds for part in parts),
        tokens=sum(part.tokens for part in parts),
        samples=sum(part.samples for part in parts),
        prompt_tokens=sum(part.prompt_tokens for part in parts),
    )


class Meter:
    """Counts the device-seconds of one run of a stage into a file of its own, renewed while the run goes on."""

    def __init__(self, artifact: Artifact, clock: Clock, devices: int) -> None:
        self._path = artifact.path(f"run-{len(_runs(artifact)):03d}.seconds.json")
        self._clock = clock
        self._devices = devices
        self._began = self._written = clock.monotonic()
        self._lock = Lock()

    def tick(self) -> None:
        """Say that the stage is at work; any thread may."""
        with self._lock:
            if self._clock.monotonic() - self._written >= WRITE_SECONDS:
                self._write()

    def stop(self) -> None:
        """Write the whole time down."""
        with self._lock:
            self._write()

    def _write(self) -> None:
        self._written = self._clock.monotonic()
        write_json(self._path, (self._written - self._began) * self._devices)


@contextmanager
def metered(artifact: Artifact, clock: Clock, devices: int = 1) -> Iterator[Meter]:
    """Count the time of the block towards a stage, however it ends.

    Args:
        artifact: the stage's.
        clock: the time.
        devices: how many devices the block holds.
    """
    meter = Meter(artifact, clock, devices)
    try:
        yield meter
    finally:
        meter.stop()


def metered_seconds(artifact: Artifact) -> float:
    """The device-seconds of all runs of a stage so far."""
    return sum(float(read_json(path)) for path in _runs(artifact))


def _runs(artifact: Artifact) -> list[Path]:
    return artifact.files("run-", ".seconds.json")


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
