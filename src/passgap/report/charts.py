"""The charts of a report as data, with their captions. :mod:`.plots` draws them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from passgap.decisions.frontier import FrontierRow, ModelFrontier
from passgap.estimates import PASS_AT_1, Comparison, EstimateTable, PassAtK, passes_in
from passgap.formatting import Intervals, level_of
from passgap.probes import BatteryOutcome
from passgap.records import Estimate, Measured
from passgap.report.comparison import PlanePoint
from passgap.report.dose import DoseReport
from passgap.spec.frontier import Matching


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
        """The quantities whose deltas are drawn: pass@1, and pass@k at the largest k that could be measured."""
        changes = passes_in(self.comparison.delta.overall)
        measured = [k for k, change in changes.items() if isinstance(change, Estimate)]
        largest = PassAtK(max(measured or changes))
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


@dataclass(frozen=True, slots=True)
class FrontierCurves:
    """pass@1 of every model over pass@k or diversity, one curve per truncation, each decoding with both intervals."""

    models: tuple[ModelFrontier, ...]
    matched: Matching
    k: int
    production: str = ""
    """The label of production decoding, which is filled."""

    @property
    def quantity(self) -> str:
        """The quantity on the horizontal axis."""
        return f"pass@{self.k}" if self.matched is Matching.COVERAGE else "diversity, 1 - Self-BLEU,"

    @property
    def caption(self) -> str:
        """Both axes, and the level of the bars."""
        every = [row for model in self.models for row in model.rows]
        bars = Intervals(each for row in every for each in (row.pass_at_1, self.across(row)))
        return f"pass@1 over {self.quantity} at each decoding, from greedy to hot; bars: {bars.name}"

    def across(self, row: FrontierRow) -> Measured:
        """The value on the horizontal axis."""
        return row.pass_at_k if self.matched is Matching.COVERAGE else row.diversity

    def curves(self, model: ModelFrontier) -> Iterator[list[tuple[FrontierRow, Estimate, Estimate]]]:
        """Yield the measured points of each truncation, by rising temperature; greedy decoding begins every curve."""
        rows = sorted(model.rows, key=lambda row: row.temperature)
        greedy = [row for row in rows if row.temperature == 0.0]
        warm = [row for row in rows if row.temperature > 0.0]
        for truncation in dict.fromkeys((row.top_k, row.top_p) for row in warm) or [None]:
            found = []
            for row in (*greedy, *(row for row in warm if (row.top_k, row.top_p) == truncation)):
                x, y = self.across(row), row.pass_at_1
                if isinstance(x, Estimate) and isinstance(y, Estimate):
                    found.append((row, x, y))
            yield found


Chart: TypeAlias = PassAtKCurves | SliceDeltas | BatteryDrifts | ArmsPlane | DoseCurves | FrontierCurves


def _every_delta(comparison: Comparison) -> Iterator[Measured]:
    for row in (comparison.delta.overall, *comparison.delta.slices.values()):
        yield from row.values()
