"""Prompt search: the base model is asked with the instruction that solves the most development problems.

Nothing is trained. The instruction is part of every prompt from then on, which is paid for with every call. Where a
teacher writes the instructions, they may hold knowledge that the base model lacks.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from pydantic import JsonValue

from passgap.arms.base import Arm, Candidate, DeclaredStudy, Lab, Origin, PromptChange, Work
from passgap.arms.base import Place as PathOf
from passgap.arms.prompt_search.instructions import Place, with_instruction
from passgap.arms.prompt_search.section import PromptSection, ReflectorSection, flags, needed_calls, refusals
from passgap.arms.self_training.pool_tests import lacks_tests
from passgap.formatting import count, money
from passgap.recipes import Recipe
from passgap.spec import StudySpec
from passgap.spec.budget import Part
from passgap.spec.draft import DraftSections

if TYPE_CHECKING:
    from passgap.arms.prompt_search.search import Search

RULE = (
    "the instruction under which the most samples of the development problems pass, the earliest among equals; every "
    "second development problem is chosen on, and the others alone are shown to the reflector"
)
"""The rule in words, as pre-registered."""

MILLION = 1_000_000

_PLAIN = tuple(name for name in PromptSection.model_fields if name not in ("place", "reflector"))
"""Settings that are registered as they are declared."""


class PromptArm(Arm[PromptSection]):
    """The base model with another instruction."""

    name = "prompt"
    caption = "prompt search"
    position = 75.0
    Section = PromptSection
    trains = False
    changes_prompts = True

    def origin_of(self, section: PromptSection) -> Origin:
        """A teacher puts external knowledge into the prompt."""
        return Origin.NONE if section.reflector.model is None else Origin.EXTERNAL

    def refusals(self, section: PromptSection, study: DraftSections, at: PathOf) -> Iterator[str]:
        """Yield what cannot be searched."""
        yield from refusals(section, study, at)

    def flags(self, section: PromptSection, study: DraftSections, at: PathOf) -> Iterator[str]:
        """Yield what has no effect, and a teacher."""
        yield from flags(section, at)

    def lacks(self, section: PromptSection, study: DeclaredStudy, at: PathOf) -> Iterator[str]:
        """Refuse a pool without tests, or too small to reflect on one half and choose on the other."""
        yield from lacks_tests(study, at(""), needs="score an instruction")
        pool = len(study.splits.pool.problems)
        if pool < 2:
            yield f"{at('development')}: {pool} pool problem cannot be split in two. Name a larger pool."
        elif section.max_metric_calls < (needed := needed_calls(section, min(pool, section.development))):
            yield f"{at('max_metric_calls')}: at least {needed} are needed with this pool."

    def declared(self, section: PromptSection, spec: StudySpec) -> tuple[tuple[str, str], ...]:
        """How the search goes."""
        teacher = section.reflector.model
        by = "the base model" if teacher is None else f"{teacher}, a teacher from outside"
        text = f"{section.strategy}, at most {section.max_metric_calls} metric calls; instructions written by {by}"
        return (("prompt search", text),)

    def work(self, section: PromptSection, spec: StudySpec, heldout: int, pool: int) -> tuple[Work, ...]:
        """All metric calls."""
        return (
            Work(Part.EVALUATION, self.name, section.max_metric_calls, run=True, title="search for an instruction"),
        )

    def registered(self, section: PromptSection, study: DeclaredStudy) -> Recipe:
        """Everything that the search reads."""
        settings: dict[str, JsonValue] = {name: getattr(section, name) for name in _PLAIN}
        settings["place"] = Place.of(section.place, chat=study.spec.model.chat).value
        settings["reflector"] = {name: getattr(section.reflector, name) for name in ReflectorSection.model_fields}
        return Recipe(selection=RULE, settings=settings)

    def produce(self, section: PromptSection, lab: Lab) -> Candidate:
        """The base model with the instruction that the search found; what is on disk is not tried again."""
        from passgap.arms.prompt_search.search import search  # noqa: PLC0415 - a study is checked without it

        registration = lab.registration(self.name)
        registered = PromptSection.model_validate(self.registered(section, lab).settings)
        place = Place(registered.place)
        done = search(registered, place, registration.hash, lab)
        instruction = done.found.instruction
        caption = f"with the instruction {instruction!r}" if instruction else "without an instruction"
        return Candidate(
            arm=self.name,
            model=lab.base_model(),
            decoding=lab.spec.production_decoding,
            prompt_change=PromptChange(
                caption=caption, apply=partial(with_instruction, instruction=instruction, place=place)
            ),
            costs=(done.cost,),
            facts=tuple(_facts(registered, done, place, lab.spec)),
            registration=registration.hash,
        )


def _facts(section: PromptSection, done: Search, place: Place, spec: StudySpec) -> Iterator[tuple[str, str]]:
    found, manifest, reflector = done.found, done.artifact.manifest, section.reflector
    begun = found.tried[0]
    best = next(each for each in found.tried if each.instruction == found.instruction)
    yield "instruction", f"{found.instruction!r}, in the {place.value} turn" if found.instruction else "none helped"
    yield (
        "search",
        f"{section.strategy}: {manifest.samples} metric calls on {manifest.development} development problems of the "
        f"pool, {len(found.tried)} instructions compared; {best.passed} of {best.samples} samples passed, "
        f"{begun.passed} of {begun.samples} with the first instruction",
    )
    if manifest.unscored:
        yield "not scored", f"{manifest.unscored} metric calls, which counted for no instruction"
    used = (
        f"{manifest.reflections} answers, {count(manifest.reflection_prompt_tokens)} prompt tokens, "
        f"{count(manifest.reflection_tokens)} tokens"
    )
    if reflector.model is None:
        yield "reflector", f"the base model itself: {used}, whose time is in the cost of the search"
        return
    paid = (
        manifest.reflection_prompt_tokens * reflector.price_prompt + manifest.reflection_tokens * reflector.price_tokens
    ) / MILLION
    yield (
        "reflector",
        f"{reflector.model}, a teacher from outside, which may import knowledge: {used}, {money(paid)} "
        f"{spec.budget.currency} besides the device-hours",
    )


ARM = PromptArm()
