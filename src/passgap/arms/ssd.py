"""Minimal self-distillation: the base model is trained on its own raw samples, less empty answers and stubs.

An arm that filters its samples in any other way is another arm, with another name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from passgap.arms.base import Lab, Origin
from passgap.arms.self_training import Selection, SelfTrainingArm, SelfTrainingSection
from passgap.recipes import SELECTION_RULE, select_minimal

if TYPE_CHECKING:
    from passgap.arms.self_training.pool import PoolSamples

UNFILTERED_RULE = "no filtering but of empty answers"


class SsdSection(SelfTrainingSection):
    """Minimal SSD: all samples of the pool are trained on, whether they are right or wrong."""


class Ssd(SelfTrainingArm[SsdSection]):
    """Nothing is verified and nothing is filtered but empty answers and stubs."""

    name = "ssd"
    caption = "minimal SSD"
    position = 20.0
    Section = SsdSection
    always_declared = True
    origin = Origin.RAW_OWN

    @property
    def _sampling_label(self) -> str:
        return "training samples"

    def selection_rule(self, section: SsdSection) -> str:
        """The paper's rule, or without its stubs."""
        return SELECTION_RULE if section.sampling.drop_stubs else UNFILTERED_RULE

    def select(self, section: SsdSection, pool: PoolSamples, lab: Lab) -> Selection:
        """Take everything but empty answers and, unless they are kept, stubs."""
        chosen = select_minimal(pool.programs, drop_stubs=section.sampling.drop_stubs, languages=pool.languages)
        return Selection(chosen.kept, {"empty": chosen.empty, "stubs": chosen.stubs})


ARM = Ssd()
