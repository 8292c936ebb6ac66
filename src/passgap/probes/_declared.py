"""The battery that a study declared: its probes, and the edition of the rules and prompts that hold for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

EDITION = 2
"""The edition that a study declares now.

1. A drift raises an alert by its value alone; the sets have 20 to 40 prompts, asked twice, for Python.
2. An alert needs a drift that is shown beyond chance over the whole battery; the sets have 50 to 150 prompts of each
   kind, for the first language of the task family, and what each probe can resolve is registered before training.
"""


@dataclass(frozen=True)
class DeclaredBattery:
    """The probes of a study, and the edition that they are carried out by."""

    probes: tuple[str, ...]
    """Their names, in order."""
    edition: int = EDITION
    language: str = "python"
    """The language that its prompts ask for."""
    own: Mapping[str, Any] = field(default_factory=dict)
    """Prompt sets of the study's own by name, as JSON: they stand in the place of the battery's."""

    @property
    def judged_together(self) -> bool:
        """Whether an alert needs a drift that is shown beyond chance over the whole battery."""
        return self.edition >= 2
