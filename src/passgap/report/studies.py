"""Studies side by side: what each asked, found and decided, and why their figures may not be subtracted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import Field, ValidationError

from passgap.decisions import OutcomeOfArm, VerdictKind
from passgap.decisions.next_step import NextStep
from passgap.errors import StoreError
from passgap.estimates import Comparison, EstimateTable
from passgap.formatting import level_of
from passgap.moves import LabelledMove
from passgap.paths import AnyPath
from passgap.probes import BatteryOutcome
from passgap.records import SCHEMA_VERSION, Estimate, Record
from passgap.records.units import DeviceHours, Money
from passgap.report.study_report import StudyReport
from passgap.report.summary import summarise
from passgap.store import read_json

REHEARSALS = "declared as rehearsals, too small to decide"
SAME = ("model", "held-out", "production decoding")
"""The facts that figures of two studies have to share before they are about the same thing."""


class ArmSide(Record):
    """An arm of one study: its change with slices and battery, and its cost."""

    arm: str
    caption: str
    outcome: OutcomeOfArm
    underpowered: bool
    comparison: Comparison
    battery: BatteryOutcome
    hours: DeviceHours = Field(ge=0.0)
    """Of all its steps, evaluation included."""
    money: Money = Field(ge=0.0)


class StudySide(Record):
    """One study."""

    name: str
    model: str
    rehearsal: bool
    facts: dict[str, str]
    """The conditions that it was measured under, of :data:`SAME`."""
    verdict: VerdictKind
    other: LabelledMove | None = None
    deciding_k: int | None
    table: EstimateTable
    arms: tuple[ArmSide, ...]
    step: NextStep
    currency: str
    device: str


class StudiesComparison(Record):
    """Several studies."""

    studies: tuple[StudySide, ...]
    differences: tuple[str, ...]
    """The conditions that they differ in, so that their figures are not differences of models or recipes alone."""


def read_report(folder: AnyPath) -> StudyReport:
    """Read the ``report.json`` of a study's folder, or that file itself.

    Raises:
        StoreError: there is none, or it is of another version or damaged.
    """
    path = Path(folder)
    path = path / "report.json" if path.is_dir() else path
    if path.name == "study.yaml":
        path = path.with_name("report.json")
    if not path.exists():
        raise StoreError(f"there is no {path}", ["Write it first: `passgap report STUDY`."])
    try:
        return StudyReport.model_validate(read_json(path))
    except ValidationError as error:
        raise StoreError(
            f"{path} is not a report that this version reads",
            [f"It should be valid by version {SCHEMA_VERSION} of the schema. Write it again: `passgap report STUDY`."],
        ) from error


def compare_reports(reports: Sequence[StudyReport]) -> StudiesComparison:
    """Put studies side by side; nothing of one is subtracted from another.

    Raises:
        ValueError: there are fewer than two.
    """
    if len(reports) < 2:
        raise ValueError("side by side stand two studies or more")
    sides = tuple(map(_side, reports))
    return StudiesComparison(studies=sides, differences=tuple(_differences(sides)))


def _side(report: StudyReport) -> StudySide:
    facts = {fact.label: fact.text for fact in report.setup.facts}
    verdict = report.base.verdict
    return StudySide(
        name=report.setup.study,
        model=report.setup.model,
        rehearsal=report.setup.rehearsal,
        facts={name: facts[name] for name in SAME if name in facts},
        verdict=verdict.verdict,
        other=verdict.other,
        deciding_k=verdict.deciding_k,
        table=report.base.table,
        arms=tuple(
            ArmSide(
                arm=arm.arm,
                caption=arm.caption,
                outcome=arm.judgement.outcome,
                underpowered=arm.judgement.underpowered,
                comparison=arm.comparison,
                battery=arm.battery,
                hours=sum(line.hours for line in arm.costs),
                money=sum(line.money for line in arm.costs),
            )
            for arm in report.arms
        ),
        step=summarise(report).step,
        currency=report.setup.currency,
        device=report.setup.device,
    )


def _differences(sides: Sequence[StudySide]) -> Iterator[str]:
    for name in SAME:
        said = [side.facts.get(name, "not stated") for side in sides]
        if len(set(said)) > 1:
            yield f"{name}: {'; '.join(f'{side.name}: {text}' for side, text in zip(sides, said, strict=True))}"
    for name, values in (
        ("device", [side.device for side in sides]),
        ("currency", [side.currency for side in sides]),
        ("level of the intervals", [_level(side) for side in sides]),
        ("k of the gap", [str(side.deciding_k or "none") for side in sides]),
    ):
        if len(set(values)) > 1:
            yield f"{name}: {', '.join(values)}"
    small = [side.name for side in sides if side.rehearsal]
    if small:
        yield f"{REHEARSALS}: {', '.join(small)}"


def _level(side: StudySide) -> str:
    return ", ".join(
        sorted({level_of(each.level) for each in side.table.overall.values() if isinstance(each, Estimate)})
    )
