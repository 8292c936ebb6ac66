"""Search solved problems, choose how many are shown, and show them: what all arms with demonstrations do alike."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import Generic, TypeVar

from pydantic import JsonValue

from passgap.arms.base import Arm, Candidate, DeclaredStudy, Lab, Place, Work
from passgap.arms.demonstrations.library import Library
from passgap.arms.demonstrations.prompts import ORDER_RULE, DemonstrationStyle
from passgap.arms.demonstrations.section import DemonstrationSection
from passgap.arms.demonstrations.section import flags as flags_of
from passgap.arms.demonstrations.section import refusals as refusals_of
from passgap.recipes import Recipe
from passgap.records.yields import Minimum, YieldOf
from passgap.spec import StudySpec
from passgap.spec.budget import Part
from passgap.spec.draft import DraftSections

S = TypeVar("S", bound=DemonstrationSection)


class DemonstrationArm(Arm[S], Generic[S]):
    """Asks the base model with solved problems in the prompt; a subclass says whose solutions."""

    Section = DemonstrationSection
    trains = False
    changes_prompts = True
    minimum = Minimum(of=YieldOf.PROBLEMS, amount=1, why="there would be nothing to show")

    @abstractmethod
    def solutions_rule(self, section: S) -> str:
        """Whose solutions are shown, in words, as it is registered."""

    @abstractmethod
    def library(self, section: S, recipe: Recipe, lab: Lab) -> Library:
        """Collect the solved problems; what is on disk is not done again."""

    def refusals(self, section: S, study: DraftSections, at: Place) -> Iterator[str]:
        """Yield what a prompt cannot be."""
        yield from refusals_of(section, study, at)

    def flags(self, section: S, study: DraftSections, at: Place) -> Iterator[str]:
        """Yield what has no effect."""
        yield from flags_of(section, at)

    def declared(self, section: S, spec: StudySpec) -> tuple[tuple[str, str], ...]:
        """How many demonstrations, and where they stand."""
        style = DemonstrationStyle.of(section.style, chat=spec.model.chat)
        most = " or ".join(map(str, section.k))
        return ((f"demonstrations of {self.name}", f"at most {most} per prompt, as {style.value}"),)

    def work(self, section: S, spec: StudySpec, heldout: int, pool: int) -> tuple[Work, ...]:
        """Trying each number of demonstrations on the development problems, where several are declared."""
        if len(section.k) == 1:
            return ()
        samples = min(section.development, pool) * section.development_samples
        return tuple(
            Work(
                Part.EVALUATION,
                self._trial(k),
                samples,
                run=True,
                title="choose the number of demonstrations",
            )
            for k in section.k
        )

    def registered(self, section: S, study: DeclaredStudy) -> Recipe:
        """Whose solutions are shown, how they are found, how many, and how their number is chosen."""
        from passgap.arms.demonstrations.index import INDEX_RULE  # noqa: PLC0415 - it loads numpy
        from passgap.arms.demonstrations.retriever import NEAR_RULE  # noqa: PLC0415 - so does this

        settings: dict[str, JsonValue] = {
            "k": list(section.k),
            "style": DemonstrationStyle.of(section.style, chat=study.spec.model.chat).value,
        }
        if len(section.k) > 1:
            settings |= {"development": section.development, "development_samples": section.development_samples}
        rules = (self.solutions_rule(section), INDEX_RULE, NEAR_RULE, ORDER_RULE)
        return Recipe(selection="; ".join(rules), settings=settings)

    def produce(self, section: S, lab: Lab) -> Candidate:
        """The base model asked with demonstrations; what is on disk is not chosen or measured again.

        Raises:
            NoCandidateError: there is no solved problem to show.
        """
        from passgap.arms.demonstrations.produce import ask_with_demonstrations  # noqa: PLC0415 - it loads numpy

        registration = lab.registration(self.name)
        recipe = self.registered(section, lab)
        return ask_with_demonstrations(
            self.name, recipe, self.library(section, recipe, lab), lab, registration.hash, trial=self._trial
        )

    def _trial(self, k: int) -> str:
        """The name of the artifacts of one number of demonstrations on the development problems."""
        return f"{self.name}-development-k-{k}"
