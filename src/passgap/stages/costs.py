"""What each stage took: read from the finished artifacts, so that a resumed run counts all its parts."""

from __future__ import annotations

from collections.abc import Iterable

from passgap.records import Record
from passgap.store import Artifact


class StageCost(Record):
    """The work of one stage of one arm."""

    name: str
    seconds: float
    """Seconds in which the device worked, summed over all runs that contributed."""
    tokens: int = 0
    """New tokens sampled, or tokens trained on."""
    samples: int = 0

    @property
    def hours(self) -> float:
        """Device-hours."""
        return self.seconds / 3600.0


def cost_of(artifact: Artifact) -> StageCost:
    """Read the cost of a complete artifact."""
    manifest = artifact.manifest
    return StageCost(
        name=artifact.name,
        seconds=_number(manifest.get("seconds")),
        tokens=int(_number(manifest.get("tokens"))),
        samples=int(_number(manifest.get("samples"))),
    )


def sum_costs(costs: Iterable[StageCost]) -> StageCost:
    """The cost of the parts of one stage, of which there is at least one."""
    first, *others = costs
    return StageCost(
        name=first.name,
        seconds=sum((each.seconds for each in others), first.seconds),
        tokens=sum((each.tokens for each in others), first.tokens),
        samples=sum((each.samples for each in others), first.samples),
    )


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
