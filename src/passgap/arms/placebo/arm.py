"""A placebo of an arm that filters: the same fine-tune, on samples that are drawn and not judged.

What a verified arm gains over the base model is not all due to its verifier. It is trained on own samples at all, and
on few of them (the dose); what passes a verifier has mostly ended by itself (stopping); and it is right (verification).
A placebo has the first of these, or the first two, and lacks the rest.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from passgap.arms import ARMS
from passgap.arms._matched_control import MatchedControl
from passgap.arms.base import Arm, Candidate, DeclaredStudy, Lab, Origin, Place, Work
from passgap.arms.placebo.section import WITHIN, PlaceboSection
from passgap.arms.self_training import Selection, SelfTrainingArm, SelfTrainingSection
from passgap.arms.yields.minimums import SELECTED_SAMPLES
from passgap.recipes import Recipe
from passgap.records.yields import YieldForecast
from passgap.spec import StudySpec
from passgap.spec.budget import Part
from passgap.spec.draft import DraftSections
from passgap.spec.repetitions import RepeatedSection

if TYPE_CHECKING:
    from passgap.arms.self_training.pool import PoolSamples
    from passgap.estimates import Counts
    from passgap.store import SamplesArtifact

DOSE, STOPPING, VERIFICATION = "dose", "stopping", "verification"

RULE = (
    "as many samples as the arm `{of}` takes by its own rule below, drawn at random {within}{ends}, then exchanged at "
    "random until their tokens are within {tolerance:g} % of that arm's; dropped are also {dropped}. The rule of "
    "`{of}`: {rule}"
)
"""The selection in words, as pre-registered."""

ENDS = " with as many that ended by themselves"


class PlaceboArm(Arm[PlaceboSection]):
    """Trains as another arm does, on samples that are drawn at random from the same pool."""

    Section = PlaceboSection
    origin = Origin.THINNED_OWN
    minimum = SELECTED_SAMPLES

    ends_alike: ClassVar[bool]
    """Whether as many of its samples ended by themselves as of the arm that it is a placebo of."""

    def control_for(self, section: PlaceboSection) -> MatchedControl:
        """The arm whose lift it splits, and what it shares with it."""
        shared = (DOSE, STOPPING) if self.ends_alike else (DOSE,)
        return MatchedControl(of=section.of, shared=shared, causes=(DOSE, STOPPING, VERIFICATION))

    def refusals(self, section: PlaceboSection, study: DraftSections, at: Place) -> Iterator[str]:
        """Yield why there is nothing that it could be a placebo of."""
        filtering = [name for name, arm in ARMS.items() if _filters(arm)]
        known = ", ".join(f"`{name}`" for name in filtering)
        if section.of not in filtering:
            yield (
                f"{at('of')}: `{section.of}` is no arm that trains on filtered own samples, so that there is no "
                f"selection to replace. Name one of {known}."
            )
        elif section.of not in study.get("arms", {}):
            yield (
                f"{at('of')}: the study does not declare `{section.of}`, so that there is no acceptance rate to match. "
                f"Declare it (`arms: {{{section.of}: {{}}}}`), name another of {known}, or leave `{self.name}` out."
            )

    def flags(self, section: PlaceboSection, study: DraftSections, at: Place) -> Iterator[str]:
        """Yield what keeps a lift from being split pair by pair."""
        matched = study.get("arms", {}).get(section.of)
        if isinstance(matched, RepeatedSection) and section.seeds != matched.seeds:
            yield (
                f"{at('seeds')}: {list(section.seeds)} are not those of `{section.of}`, {list(matched.seeds)}: with "
                f"the same ones both are trained on samples of the same draw of the pool."
            )

    def declared(self, section: PlaceboSection, spec: StudySpec) -> tuple[tuple[str, str], ...]:
        """Of what it is a placebo."""
        ends = f",{ENDS}" if self.ends_alike else ""
        return ((f"samples of {self.name}", f"as many as of {section.of}, drawn {WITHIN[section.strata]}{ends}"),)

    def work(self, section: PlaceboSection, spec: StudySpec, heldout: int, pool: int) -> tuple[Work, ...]:
        """The work of the matched arm, with a fine-tune of its own."""
        arm, own = _matched(section, spec)
        return tuple(
            replace(each, name=self.name) if each.part is Part.TRAINING else each
            for each in arm.work(own, spec, heldout, pool)
        )

    def forecast(self, section: PlaceboSection, study: DeclaredStudy, counts: Counts) -> YieldForecast | None:
        """As much as the matched arm has to learn from, from about as many problems or more."""
        arm, own = _matched(section, study.spec)
        found = arm.forecast(own, study, counts)
        note = f"as many examples as {section.of} takes, of other samples"
        return found and found.model_copy(update={"arm": self.name, "notes": (*found.notes, note)})

    def registered(self, section: PlaceboSection, study: DeclaredStudy) -> Recipe:
        """The matched arm's recipe with another selection, which reads everything that the matched one reads."""
        from passgap.recipes.placebo import TOLERANCE  # noqa: PLC0415 - a study is checked without it

        arm, own = _matched(section, study.spec)
        recipe = arm.registered(own, study)
        rule = RULE.format(
            of=section.of,
            within=WITHIN[section.strata],
            ends=ENDS if self.ends_alike else "",
            tolerance=100 * TOLERANCE,
            dropped="empty answers and stubs" if own.sampling.drop_stubs else "empty answers",
            rule=recipe.selection,
        )
        settings = {"of": section.of, "strata": section.strata, "ends_alike": self.ends_alike}
        return recipe.model_copy(update={"selection": rule, "settings": {**settings, section.of: recipe.settings}})

    def sample(self, section: PlaceboSection, lab: Lab) -> SamplesArtifact:
        """Sample the base model on the pool: the samples of the matched arm."""
        arm, own = _matched(section, lab.spec)
        return arm.sample(own, lab)

    def select(self, section: PlaceboSection, pool: PoolSamples, lab: Lab) -> Selection:
        """Select as the matched arm does, and draw as many."""
        from passgap.arms.placebo.drawing import DrawingRule, draw  # noqa: PLC0415 - a study is checked without it

        arm, own = _matched(section, lab.spec)
        rule = DrawingRule(
            arm=self.name,
            of=section.of,
            strata=section.strata,
            ends_alike=self.ends_alike,
            drop_stubs=own.sampling.drop_stubs,
            seed=lab.seed,
        )
        return draw(rule, arm.select(own, pool, lab), pool)

    def produce(self, section: PlaceboSection, lab: Lab) -> Candidate:
        """Train on the drawn samples; what is on disk is not sampled, verified or trained again."""
        from passgap.arms.self_training.fine_tune import fine_tune  # noqa: PLC0415 - a study is checked without it

        return fine_tune(self.name, self.registered(section, lab), partial(self.select, section, lab=lab), lab)


def _filters(arm: Arm[Any]) -> bool:
    return isinstance(arm, SelfTrainingArm) and arm.origin is Origin.FILTERED_OWN


def _matched(
    section: PlaceboSection, spec: StudySpec
) -> tuple[SelfTrainingArm[SelfTrainingSection], SelfTrainingSection]:
    """The arm that it is a placebo of, and that arm's section."""
    arm = ARMS[section.of]
    assert isinstance(arm, SelfTrainingArm), "another arm is refused at intake"
    return arm, arm.section_of(spec)
