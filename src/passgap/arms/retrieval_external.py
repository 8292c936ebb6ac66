"""Retrieval of reference solutions: the base model is shown other people's solutions of similar pool problems.

This imports knowledge, as training on these solutions would; ``retrieval`` is the arm that does not.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from passgap.arms.base import DeclaredStudy, Lab, Origin, Place
from passgap.arms.demonstrations import DemonstrationArm, DemonstrationSection, Library, document_of
from passgap.arms.demonstrations.library import unusable
from passgap.arms.self_training.pool_tests import lacking_tests
from passgap.recipes import Recipe
from passgap.records.yields import YieldForecast

if TYPE_CHECKING:
    from passgap.estimates import Counts

RULE = "the reference solutions of the pool's problems, which are not the model's own"
"""The rule in words, as pre-registered."""


class RetrievalExternalSection(DemonstrationSection):
    """The pool's reference solutions, shown with similar problems."""


class RetrievalExternal(DemonstrationArm[RetrievalExternalSection]):
    """Demonstrations from outside."""

    name = "retrieval-external"
    caption = "retrieval of reference solutions (external knowledge)"
    position = 71.0
    Section = RetrievalExternalSection
    origin = Origin.EXTERNAL

    def solutions_rule(self, section: RetrievalExternalSection) -> str:
        """Whose solutions are shown."""
        return RULE

    def lacks(self, section: RetrievalExternalSection, study: DeclaredStudy, at: Place) -> Iterator[str]:
        """Refuse a pool without any reference solution, or without the tests that choose a number of them."""
        if len(section.k) > 1:
            yield from lacking_tests(study, at("k"))
        if not any(each.reference for each in study.splits.pool.problems):
            yield (
                f"{at('')}: no problem of the pool has a reference solution to show. Name a pool with solutions, or "
                f"declare `retrieval`, which shows the model's own."
            )

    def forecast(self, section: RetrievalExternalSection, study: DeclaredStudy, counts: Counts) -> YieldForecast | None:
        """The problems that have a reference solution."""
        from passgap.estimates.yields import known  # noqa: PLC0415 - a study is checked without numerics

        solved = sum(bool(each.reference) for each in study.splits.pool.problems)
        return YieldForecast(arm=self.name, problems=known(solved, counts, level=study.spec.thresholds.level))

    def library(self, section: RetrievalExternalSection, recipe: Recipe, lab: Lab) -> Library:
        """The pool's problems that have a reference solution."""
        problems = lab.splits.pool.problems
        prompts = dict(lab.splits.prompts(problems, chat=lab.spec.model.chat))
        solved = [(each, each.reference) for each in problems if each.reference]
        documents = [document_of(problem, prompts[problem.id], reference) for problem, reference in solved]
        usable = tuple(each for each in documents if each is not None)
        told = f"{len(solved)} of {len(problems)} pool problems have a reference solution"
        return Library(usable, told + unusable(len(documents) - len(usable)))


ARM = RetrievalExternal()
