"""The names that a study can use and that are defined in layers above: the code that wires passgap hands them in."""

from __future__ import annotations

from dataclasses import dataclass

from passgap.spec.tolerances import Tolerances


@dataclass(frozen=True, kw_only=True)
class Tables:
    """The tables that the intake checks a study against."""

    tolerances: Tolerances
    """The tolerances of the battery's probes."""
