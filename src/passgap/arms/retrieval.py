"""Retrieval: the base model is shown its own verified solutions of similar problems of the pool.

A sample that passes the tests of its problem is the model's own, so no knowledge is imported. The pool's reference
solutions are another arm, ``retrieval-external``, and another label.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from passgap.arms.base import DeclaredStudy, Lab, Origin, Place, Work
from passgap.arms.demonstrations import DemonstrationArm, DemonstrationSection, Document, Library, document_of
from passgap.arms.demonstrations.library import unusable
from passgap.arms.self_training.pool_tests import lacks_tests
from passgap.arms.self_training.selection import POOL
from passgap.recipes import Recipe, is_stub
from passgap.records import Problem, digested
from passgap.records.yields import YieldForecast
from passgap.spec import StudySpec
from passgap.spec.budget import Part
from passgap.spec.decoding import decoding_of, too_long, truncated_in_vain
from passgap.spec.draft import DraftSections
from passgap.spec.fine_tuning import SamplingSection

if TYPE_CHECKING:
    from passgap.estimates import Counts
    from passgap.store import SamplesArtifact

RULE = (
    "of each pool problem, the first of the model's own samples that passes all tests of the problem, run in the "
    "sandbox; passed over are {dropped}"
)
"""The rule in words, as pre-registered."""


class RetrievalSection(DemonstrationSection):
    """The model's own solutions of the pool that pass its tests, shown with similar problems."""

    sampling: SamplingSection = SamplingSection()


class Retrieval(DemonstrationArm[RetrievalSection]):
    """Demonstrations of the model's own, verified by execution."""

    name = "retrieval"
    caption = "retrieval of own verified solutions"
    position = 70.0
    Section = RetrievalSection
    origin = Origin.FILTERED_OWN

    def solutions_rule(self, section: RetrievalSection) -> str:
        """Which sample of a problem is shown."""
        return RULE.format(dropped="empty answers and stubs" if section.sampling.drop_stubs else "empty answers")

    def refusals(self, section: RetrievalSection, study: DraftSections, at: Place) -> Iterator[str]:
        """Yield what a prompt cannot be, and completions that leave no room for one."""
        yield from super().refusals(section, study, at)
        model = study.get("model")
        if model is not None:
            yield from too_long(at("sampling.max_new_tokens"), section.sampling.max_new_tokens, model)

    def flags(self, section: RetrievalSection, study: DraftSections, at: Place) -> Iterator[str]:
        """Yield what has no effect."""
        yield from super().flags(section, study, at)
        yield from truncated_in_vain(at("sampling"), section.sampling)

    def lacks(self, section: RetrievalSection, study: DeclaredStudy, at: Place) -> Iterator[str]:
        """Refuse a pool whose problems cannot tell a sample that is right."""
        yield from lacks_tests(study, at(""), needs="verify a solution")

    def work(self, section: RetrievalSection, spec: StudySpec, heldout: int, pool: int) -> tuple[Work, ...]:
        """Sampling the pool, running its tests, and trying the numbers of demonstrations."""
        samples, longest = pool * section.sampling.per_prompt, section.sampling.max_new_tokens
        drawn = {"decoding": digested(decoding_of(section.sampling)), "per_prompt": section.sampling.per_prompt}
        sampling = Work(Part.SAMPLING, POOL, samples, longest=longest, title="sample the pool", made_from=drawn)
        running = replace(sampling, run=True, draw=False, title="run the pool's tests")
        return (sampling, running, *super().work(section, spec, heldout, pool))

    def forecast(self, section: RetrievalSection, study: DeclaredStudy, counts: Counts) -> YieldForecast | None:
        """The problems of which a sample passes."""
        from passgap.arms.yields.pool_yield import pool_yield  # noqa: PLC0415 - a study is checked without numerics

        return YieldForecast(arm=self.name, problems=pool_yield(study, counts).covered(section.sampling.per_prompt))

    def registered(self, section: RetrievalSection, study: DeclaredStudy) -> Recipe:
        """How the pool is sampled too."""
        recipe = super().registered(section, study)
        return recipe.model_copy(
            update={
                "sampling": decoding_of(section.sampling),
                "samples_per_prompt": section.sampling.per_prompt,
                "settings": {**recipe.settings, "drop_stubs": section.sampling.drop_stubs},
            }
        )

    def sample(self, section: RetrievalSection, lab: Lab) -> SamplesArtifact:
        """Sample the base model on the pool."""
        from passgap.arms.self_training.pool import sample_pool  # noqa: PLC0415 - a study is checked without it

        return sample_pool(lab, self.registered(section, lab)).artifact

    def library(self, section: RetrievalSection, recipe: Recipe, lab: Lab) -> Library:
        """Sample the pool, run its tests, and keep the first sample of each problem that passes."""
        from passgap.arms.self_training.pool import sample_pool  # noqa: PLC0415 - a study is checked without these
        from passgap.arms.self_training.scored_pool import score_pool  # noqa: PLC0415
        from passgap.stages import cost_of  # noqa: PLC0415

        pool = sample_pool(lab, recipe)
        scored = score_pool(pool, lab)
        documents: list[Document | None] = []
        for name, positions in sorted(scored.by_problem().items()):
            problem = pool.problems[name]
            passing = (place for place in positions if scored.outcome(place))
            programs = (pool.programs[place] for place in passing)
            solution = next((each for each in programs if self._is_shown(each, problem, recipe)), None)
            if solution is not None:
                documents.append(document_of(problem, pool.prompts[name], solution))
        usable = tuple(each for each in documents if each is not None)
        told = (
            f"{len(documents)} of {len(pool.problems)} pool problems have a verified solution of the model's own among "
            f"{recipe.samples_per_prompt} samples"
        )
        return Library(usable, told + unusable(len(documents) - len(usable)), (cost_of(pool.artifact), scored.cost))

    def _is_shown(self, program: str, problem: Problem, recipe: Recipe) -> bool:
        return bool(program.strip()) and not (recipe.settings["drop_stubs"] and is_stub(program, problem.language))


ARM = Retrieval()
