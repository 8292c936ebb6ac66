"""Verifier-aware self-distillation: the base model is trained on those of its own samples that a verifier accepts.

Its data are filtered, so it is never minimal self-distillation. Its verifier sees less than all tests, so that the
hidden ones can audit what it accepts, which rejection sampling cannot.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from pydantic import Field, JsonValue

from passgap.arms.base import DeclaredStudy, Lab, Origin, Place, Work
from passgap.arms.self_training import Selection, SelfTrainingArm, SelfTrainingSection
from passgap.arms.self_training.pool_tests import lacks_tests
from passgap.arms.verifiers import VERIFIERS, Verifier
from passgap.arms.yields.minimums import SELECTED_SAMPLES
from passgap.records.yields import YieldForecast
from passgap.spec import StudySpec
from passgap.spec.draft import DraftSections
from passgap.spec.section import Fraction, Section, Text

if TYPE_CHECKING:
    from passgap.arms.self_training.pool import PoolSamples
    from passgap.estimates import Counts
    from passgap.stages.evaluation import Evaluation

RULE = "samples whose score by the verifier `{verifier}` is at least {threshold}; dropped are also {dropped}"
"""The selection in words, as pre-registered."""

CALIBRATION_RULE = (
    "the threshold with the highest F-score on the calibration problems, the highest one where several have it; these "
    "problems are chosen by the seed, and the verifier's precision and recall are measured on the others"
)


class CalibrationSection(Section):
    """How the threshold is chosen where none is declared."""

    labels: Literal["tests", "reference"] = Field(
        default="tests",
        description="What tells which samples are right: all tests of their problem, or full agreement with its "
        "reference solution.",
    )
    share: float = Field(
        default=0.5,
        gt=0.0,
        lt=1.0,
        description="The share of the pool's problems that the threshold is chosen on; the verifier is measured on the "
        "others.",
    )
    beta: float = Field(
        default=0.5,
        gt=0.0,
        le=10.0,
        allow_inf_nan=False,
        description="The weight of recall beside precision; below 1, a wrong sample that is accepted weighs more than "
        "a right one that is rejected.",
    )


class SsdVerifiedSection(SelfTrainingSection):
    """Samples of the pool are scored by a verifier, and those that reach the threshold are trained on."""

    verifier: Text = Field(
        default="unit-tests",
        description="The check that scores samples: unit-tests, type-check, differential or agreement.",
        examples=["unit-tests"],
    )
    threshold: Fraction | None = Field(
        default=None,
        description="The smallest score that is accepted, from 0 to 1; by default it is calibrated on labels.",
    )
    calibration: CalibrationSection = CalibrationSection()


class SsdVerified(SelfTrainingArm[SsdVerifiedSection]):
    """Self-distillation on samples that a verifier accepts."""

    name = "ssd-verified"
    caption = "verifier-aware SSD"
    position = 25.0
    Section = SsdVerifiedSection
    origin = Origin.FILTERED_OWN
    minimum = SELECTED_SAMPLES

    def selection_rule(self, section: SsdVerifiedSection) -> str:
        """The samples that are taken."""
        threshold = "the calibrated threshold" if section.threshold is None else f"{section.threshold:g}"
        dropped = "empty answers and stubs" if section.sampling.drop_stubs else "empty answers"
        return RULE.format(verifier=section.verifier, threshold=threshold, dropped=dropped)

    def settings(self, section: SsdVerifiedSection) -> dict[str, JsonValue]:
        """The verifier with its numbers, the threshold, and the rule of the calibration."""
        verifier, calibration = VERIFIERS[section.verifier], section.calibration
        return {
            "verifier": verifier.name,
            "verifier_rule": verifier.rule,
            "verifier_settings": verifier.settings(),
            "threshold": section.threshold,
            "calibration": {
                "labels": calibration.labels,
                "share": calibration.share,
                "beta": calibration.beta,
                "rule": CALIBRATION_RULE,
            },
        }

    def versions(self, section: SsdVerifiedSection) -> dict[str, str]:
        """The versions of the verifier's tools."""
        return VERIFIERS[section.verifier].versions()

    def refusals(self, section: SsdVerifiedSection, study: DraftSections, at: Place) -> Iterator[str]:
        """Yield what cannot be sampled, verified or trained as it is declared."""
        yield from super().refusals(section, study, at)
        verifier = _verifier(section)
        if verifier is None:
            known = ", ".join(VERIFIERS)
            yield f"{at('verifier')}: there is no verifier named `{section.verifier}`. Known names: {known}."
            return
        yield from verifier.refusals(section.sampling, study, at("verifier"))
        if section.verifier == "differential" and section.calibration.labels == "reference":
            yield (
                f"{at('calibration.labels')}: `reference` labels samples by what the verifier `differential` looks at, "
                f"so that it would be measured by itself. Label by `tests`."
            )

    def flags(self, section: SsdVerifiedSection, study: DraftSections, at: Place) -> Iterator[str]:
        """Yield what is unusual in sampling and training, and what has no effect."""
        yield from super().flags(section, study, at)
        idle = section.calibration.model_fields_set & {"share", "beta"}
        if section.threshold is not None and idle:
            named = " and ".join(f"`{at(f'calibration.{name}')}`" for name in sorted(idle))
            yield (
                f"{named}: no effect, because `{at('threshold')}` is declared and nothing is calibrated. Remove one or "
                f"the other."
            )
        if section.threshold == 0.0:
            yield f"{at('threshold')}: 0 accepts every sample, which is minimal SSD under another name. Raise it."

    def lacks(self, section: SsdVerifiedSection, study: DeclaredStudy, at: Place) -> Iterator[str]:
        """Refuse a pool that cannot be verified, or whose samples nothing can label."""
        verifier = _verifier(section)
        lacking = list(verifier.lacks(study, at("verifier"))) if verifier else []
        if section.calibration.labels == "reference":
            lacking += VERIFIERS["differential"].lacks(study, at("calibration.labels"))
        if not lacking:
            lacking += lacks_tests(study, at("calibration.labels"), needs="label a sample and audit it")
        yield from lacking

    def declared(self, section: SsdVerifiedSection, spec: StudySpec) -> tuple[tuple[str, str], ...]:
        """How the pool is sampled, and what verifies it."""
        threshold = "calibrated threshold" if section.threshold is None else f"threshold {section.threshold:g}"
        return (*super().declared(section, spec), (f"verifier of {self.name}", f"{section.verifier}, {threshold}"))

    def work(self, section: SsdVerifiedSection, spec: StudySpec, heldout: int, pool: int) -> tuple[Work, ...]:
        """Sampling the pool, running its tests for the labels, verifying it, and training on what is accepted."""
        sampling, training = super().work(section, spec, heldout, pool)
        labelled = replace(sampling, run=True, draw=False, title="run the pool's tests")
        verifying = [each for each in VERIFIERS[section.verifier].work(sampling) if each != labelled]
        return (sampling, labelled, *verifying, training)

    def forecast(self, section: SsdVerifiedSection, study: DeclaredStudy, counts: Counts) -> YieldForecast | None:
        """The samples that are right, as if the verifier told them apart without a mistake; it may accept any number.

        Nothing of how it does is known before the pool is sampled, so the intervals reach from nothing to everything.
        """
        from passgap.estimates.yields import anything_up_to  # noqa: PLC0415 - a study is checked without numerics

        expected, drawn = self.expected(section, study, counts), section.sampling.per_prompt
        examples = anything_up_to(expected.problems * drawn, expected.accepted(drawn))
        return YieldForecast(
            arm=self.name,
            examples=examples,
            problems=anything_up_to(expected.problems, expected.covered(drawn)),
            steps=self.steps_forecast(section, examples),
            notes=(f"as many examples as samples pass all tests; the verifier `{section.verifier}` may accept others",),
        )

    def select(self, section: SsdVerifiedSection, pool: PoolSamples, lab: Lab) -> Selection:
        """Take what the verifier accepts."""
        from passgap.arms.self_training.verified_selection import (  # noqa: PLC0415 - a study is checked without it
            VerificationRule,
            select_verified,
        )

        rule = VerificationRule(
            arm=self.name,
            verifier=VERIFIERS[section.verifier],
            threshold=section.threshold,
            labels=section.calibration.labels,
            calibrated_share=section.calibration.share,
            beta=section.calibration.beta,
            drop_stubs=section.sampling.drop_stubs,
            at=lab.spec.at(self.name, "threshold"),
        )
        return select_verified(rule, pool, lab)

    def findings(self, section: SsdVerifiedSection, lab: Lab, evaluated: Evaluation) -> tuple[tuple[str, str], ...]:
        """Whether training raised the passing of visible tests above that of hidden ones, on held-out problems."""
        from passgap.arms.self_training.audit import Audit  # noqa: PLC0415 - a study is checked without it

        problems = lab.splits.heldout.problems
        base, tuned = Audit(problems, lab.base.outcomes), Audit(problems, evaluated.outcomes)
        return tuple(base.after(tuned, lab.level))


def _verifier(section: SsdVerifiedSection) -> Verifier | None:
    return VERIFIERS.get(section.verifier)


ARM = SsdVerified()
