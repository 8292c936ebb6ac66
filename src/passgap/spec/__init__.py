"""The study: what a person declares, parsed and checked, with every refusal in one message."""

from passgap.spec.cluster import ClusterSection
from passgap.spec.diagnostics import MINIMUM_HELDOUT, REQUIRED_KS
from passgap.spec.draft import Draft
from passgap.spec.earlier import read_earlier
from passgap.spec.engines import (
    Dialect,
    EngineSection,
    LocalEngine,
    PluginEngine,
    ServerEngine,
    VllmEngine,
    unsupported_settings,
)
from passgap.spec.intake import Intake, draft_study, intake_of, parse_study
from passgap.spec.problem_sets import TaskSource
from passgap.spec.study import StudySpec
from passgap.spec.tables import Tables
from passgap.spec.thinking import ThinkingSection, unsupported_thinking
from passgap.spec.thresholds import GAP_RANGE, LIFT_RANGE, LiftRule
from passgap.spec.tolerances import Tolerance, Tolerances, ToleranceUnit, tolerances_of

__all__ = [
    "GAP_RANGE",
    "LIFT_RANGE",
    "MINIMUM_HELDOUT",
    "REQUIRED_KS",
    "ClusterSection",
    "Dialect",
    "Draft",
    "EngineSection",
    "Intake",
    "LiftRule",
    "LocalEngine",
    "PluginEngine",
    "ServerEngine",
    "StudySpec",
    "Tables",
    "TaskSource",
    "ThinkingSection",
    "Tolerance",
    "ToleranceUnit",
    "Tolerances",
    "VllmEngine",
    "draft_study",
    "intake_of",
    "parse_study",
    "read_earlier",
    "tolerances_of",
    "unsupported_settings",
    "unsupported_thinking",
]
