"""The names that a study can use and that are defined in layers above: the code that wires passgap hands them in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from passgap.spec.draft import DraftSections
from passgap.spec.section import Section
from passgap.spec.tolerances import Tolerances


class DeclaredArm(Protocol):
    """An arm as intake sees it."""

    @property
    def name(self) -> str: ...

    @property
    def Section(self) -> type[Section]:  # noqa: N802 - a class
        """Its block under ``arms``."""
        ...

    @property
    def always_declared(self) -> bool:
        """Whether a study that does not name it declares it with its defaults."""
        ...

    @property
    def searchable(self) -> bool:
        """Whether a recipe can be searched for it."""
        ...

    def refusals(self, section: Any, study: DraftSections, at: Callable[[str], str]) -> Iterator[str]:
        """Yield each reason for which a study that declares this section is refused."""
        ...

    def flags(self, section: Any, study: DraftSections, at: Callable[[str], str]) -> Iterator[str]:
        """Yield what is allowed in this section and yet worth a second look."""
        ...

    def flags_as_comparator(self, study: DraftSections) -> Iterator[str]:
        """Yield what to say of a study that names it as comparator, and may not declare it."""
        ...


@dataclass(frozen=True, kw_only=True)
class Tables:
    """The tables that the intake checks a study against."""

    arms: Mapping[str, DeclaredArm]
    """The arms that there are, in their order."""
    tolerances: Tolerances
    """The tolerances of the battery's probes."""
    trackers: Mapping[str, type[Section]] = field(default_factory=dict)
    """The sections of the experiment trackers."""
    probes: Tolerances = field(default_factory=dict)
    """The same by the names of the probes."""
    metrics: Callable[[], Collection[str]] = frozenset
    """Returns the names of the production metrics; it is called for a study that declares guardrails."""
