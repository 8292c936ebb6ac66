"""A study as far as it could be read, for rules that look at more than one section."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypedDict

from passgap.spec.alternatives import ComparatorSection
from passgap.spec.base_model import ModelSection
from passgap.spec.cluster import ClusterSection
from passgap.spec.development import DevelopmentSection
from passgap.spec.diagnostics import DiagnosticsSection
from passgap.spec.engines import EngineSection
from passgap.spec.frontier import FrontierSection
from passgap.spec.pilot import PilotSection
from passgap.spec.problem_sets import TaskFamilySection, TaskSource
from passgap.spec.promotion import PromotionSection
from passgap.spec.race import RaceSection
from passgap.spec.section import Section
from passgap.spec.thresholds import ThresholdsSection


class DraftSections(TypedDict, total=False):
    """The sections that rules look at, those that could be read."""

    seed: int
    rehearsal: bool
    heldout: TaskSource
    pool: TaskSource
    development: DevelopmentSection
    frontier: FrontierSection | None
    diagnostics: DiagnosticsSection
    comparator: ComparatorSection
    thresholds: ThresholdsSection
    model: ModelSection
    task_family: TaskFamilySection
    engine: EngineSection
    cluster: ClusterSection | None
    arms: Mapping[str, Section]
    waivers: Mapping[str, str]
    pilot: PilotSection | None
    race: RaceSection | None
    promotion: PromotionSection | None


@dataclass(frozen=True)
class Draft:
    """A study as far as it could be read: its sections, those with faults in part, and what is wrong."""

    sections: Mapping[str, Any]
    problems: tuple[str, ...]
    first_form: frozenset[str] = field(default=frozenset())
    """The fields at its top level that belong under ``arms`` by now."""
