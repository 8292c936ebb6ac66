"""The base model at production decoding: doing nothing, which every other arm is compared with."""

from __future__ import annotations

from passgap.arms.base import Arm, Candidate, Lab
from passgap.spec import StudySpec
from passgap.spec.section import Section


class BaseModelSection(Section):
    """Nothing can be set: the base model and production decoding are declared elsewhere."""


class BaseModel(Arm[BaseModelSection]):
    """Nothing is done."""

    name = "base"
    caption = "base model (do nothing)"
    position = 0.0
    Section = BaseModelSection
    in_every_run = True
    trains = False

    def section_of(self, spec: StudySpec) -> BaseModelSection:
        """Every study has a base model."""
        return BaseModelSection()

    def produce(self, section: BaseModelSection, lab: Lab) -> Candidate:
        """The base model, as it was evaluated before the verdict."""
        return Candidate(
            arm=self.name, model=lab.base_model(), decoding=lab.spec.production_decoding, evaluation=lab.base
        )


ARM = BaseModel()
