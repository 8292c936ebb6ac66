"""The cost of each stage: recorded while it runs, so that killed runs count, and read from finished artifacts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from passgap.errors import StoreError
from passgap.ports import Clock
from passgap.records import Record, Stage, StageManifest
from passgap.store import Artifact, IndexEntry, read_json, write_json

WRITE_SECONDS = 5.0
"""The shortest time between two writes of the cost. A killed run under-reports by at most this, plus its last step."""


_EARLIER_STAGES = {
    "-probes-samples": Stage.PROBES,
    "-samples": Stage.SAMPLING,
    "-results": Stage.SCORING,
    "-model": Stage.TRAINING,
    "-signal": Stage.SIGNAL,
}
"""Stages by the end of the artifact's name, for manifests of versions that did not record the stage. The first match
counts. Never extended: the manifests of new kinds of artifacts name their stage."""


class StageCost(Record):
    """The cost of one stage of one arm."""

    name: str
    """The name of the artifact that the stage made."""
    stage: Stage
    seconds: float
    """Device-seconds of all runs that contributed, killed ones included. Two devices that are busy for one second count
    as two."""
    tokens: int = 0
    """Tokens generated, tokens trained on, or positions analysed."""
    samples: int = 0
    prompt_tokens: int = 0
    """Prompt tokens, counted for every sample, even if several samples shared one prefill."""
    external_money: float = 0.0
    """The price of a service outside of the study, in the currency of the budget, besides the device-hours."""

    @property
    def hours(self) -> float:
        """Device-hours."""
        return self.seconds / 3600.0

    @property
    def tokens_per_second(self) -> float | None:
        """Tokens per device-second; None if the stage processes no tokens."""
        return self.tokens / self.seconds if self.tokens and self.seconds else None


def cost_of(made: Artifact | IndexEntry) -> StageCost:
    """Read the cost of a complete artifact from its manifest.

    Raises:
        StoreError: it is not complete, or its manifest is damaged or does not name its stage.
    """
    if made.manifest is None:
        raise StoreError(f"the artifact {made.name} is not complete, so its cost is not known")
    manifest = made.manifest.read_as(StageManifest)
    return StageCost(
        name=made.name,
        stage=manifest.stage or _earlier_stage(made.name),
        seconds=manifest.seconds,
        tokens=manifest.tokens,
        samples=manifest.samples,
        prompt_tokens=manifest.prompt_tokens,
        external_money=manifest.external_money,
    )


def _earlier_stage(name: str) -> Stage:
    """The stage of an artifact whose manifest does not name it.

    Raises:
        StoreError: no earlier version gave an artifact such a name.
    """
    found = next((stage for ending, stage in _EARLIER_STAGES.items() if name.endswith(ending)), None)
    if found is None:
        raise StoreError(
            f"the manifest of the artifact {name} does not say which stage made it",
            [
                f"The field `stage` is missing; it is one of {', '.join(Stage)}. Without it, the stage follows from "
                f"the end of the name only for {', '.join(each.lstrip('-') for each in _EARLIER_STAGES)}."
            ],
        )
    return found


def sum_costs(costs: Iterable[StageCost]) -> StageCost:
    """Sum the costs of the parts of one stage, of which there is at least one."""
    parts = list(costs)
    return StageCost(
        name=parts[0].name,
        stage=parts[0].stage,
        seconds=sum(part.seconds for part in parts),
        tokens=sum(part.tokens for part in parts),
        samples=sum(part.samples for part in parts),
        prompt_tokens=sum(part.prompt_tokens for part in parts),
        external_money=sum(part.external_money for part in parts),
    )


class Meter:
    """Counts the device-seconds of one run of a stage, in a file that is rewritten while the run lasts."""

    def __init__(self, artifact: Artifact, clock: Clock, devices: int) -> None:
        self._path = artifact.path(f"run-{len(_runs(artifact)):03d}.seconds.json")
        self._clock = clock
        self._devices = devices
        self._began = self._written = clock.monotonic()
        self._lock = Lock()

    def tick(self) -> None:
        """Record that the stage is at work. Thread-safe."""
        with self._lock:
            if self._clock.monotonic() - self._written >= WRITE_SECONDS:
                self._write()

    def stop(self) -> None:
        """Record the total time."""
        with self._lock:
            self._write()

    def _write(self) -> None:
        self._written = self._clock.monotonic()
        write_json(self._path, (self._written - self._began) * self._devices)


@contextmanager
def metered(artifact: Artifact, clock: Clock, devices: int = 1) -> Iterator[Meter]:
    """Count the time of the block towards a stage, even if the block raises.

    Args:
        artifact: the stage's artifact.
        clock: measures the time.
        devices: the number of devices that are busy during the block.
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
