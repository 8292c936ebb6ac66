"""The charts of a report as data, with their captions. :mod:`.plots` draws them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from passgap.estimates import PASS_AT_1, Comparison, EstimateTable, PassAtK, passes_in
from passgap.formatting import Intervals, level_of
from passgap.probes import BatteryOutcome
from passgap.records import Estimate, Measured
from passgap.report.comparison import PlanePoint
from passgap.report.dose import DoseReport


@dataclass(frozen=True, slots=True)
class PassAtKCurves:
    """pass@k over k, one curve with its band per model."""

    tables: Mapping[str, EstimateTable]
    """By the name that the legend has for the model."""

    @property
    def caption(self) -> str:
        """The quantity, and the level of the bands."""
        return f"pass@k over k; bands: {self.intervals(*self.tables).name}"

    def points(self, name: str) -> list[tuple[int, Estimate]]:
        """The measured points of one model, by rising k."""
        measured = passes_in(self.tables[name].overall)
        return [(k, each) for k, each in measured.items() if isinstance(each, Estimate)]

    def intervals(self, *names: str) -> Intervals:
        """The intervals that the bands of these models show."""
        return Intervals(measured for name in names for _, measured in self.points(name))


@dataclass(frozen=True, slots=True)
class SliceDeltas:
    """Paired deltas of pass@1 and of pass@k at the largest k, overall and by slice."""

    comparison: Comparison
    difference: str = "tuned - base"
    """The name of the deltas."""

    @property
    def caption(self) -> str:
        """The quantity, and the level of the whiskers."""
        return Intervals(_every_delta(self.comparison)).titled("Paired deltas")

    @property
    def quantities(self) -> tuple[str, ...]:
        """The quantities whose deltas are drawn."""
        largest = PassAtK(max(passes_in(self.comparison.delta.overall)))
        return tuple(dict.fromkeys(map(str, (PASS_AT_1, largest))))


@dataclass(frozen=True, slots=True)
class BatteryDrifts:
    """Each probe's drift as a multiple of its tolerance."""

    battery: BatteryOutcome

    @property
    def caption(self) -> str:
        """The quantity and its unit, and the level of the whiskers."""
        drifts = Intervals(each.drift for each in self.battery.outcomes)
        return drifts.titled("Battery: drift of each probe in units of its tolerance")


@dataclass(frozen=True, slots=True)
class ArmsPlane:
    """Every arm on the plane of its cost and pass@1, with bars and a region on both axes."""

    arms: tuple[PlanePoint, ...]
    level: float
    device: str

    @property
    def caption(self) -> str:
        """Both axes, the level of the bars, and what they were drawn from."""
        return (
            f"pass@1 over the cost of making one checkpoint; bars: {level_of(self.level)} of the draws of problems and "
            f"seeds on each axis; regions: {level_of(self.level)} of both at once"
        )


@dataclass(frozen=True, slots=True)
class DoseCurves:
    """pass@1 on development problems over the updates of a fine-tune, one curve with its band per seed."""

    dose: DoseReport

    @property
    def caption(self) -> str:
        """Both axes, and the level of the bands."""
        measured = Intervals(each.pass_at_1 for each in self.dose.points)
        return f"Dose curve: pass@1 on development problems over updates; bands: {measured.name}"

    def points(self, seed: int | None) -> list[tuple[int, Estimate]]:
        """The measured points of one seed, by rising updates."""
        found = ((each.updates, each.pass_at_1) for each in self.dose.of_seed(seed))
        return [(updates, each) for updates, each in found if isinstance(each, Estimate)]


Chart: TypeAlias = PassAtKCurves | SliceDeltas | BatteryDrifts | ArmsPlane | DoseCurves


def _every_delta(comparison: Comparison) -> Iterator[Measured]:
    for row in (comparison.delta.overall, *comparison.delta.slices.values()):
        yield from row.values()
