"""Probes with one fault each, and the test of the contract that must find it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

from passgap.probes import ModelSamples, Probe, ProbeOutcome, Prompts, Rule, ScoreProbe, Settings, share_of
from passgap.spec import Tolerance, ToleranceUnit
from passgap.testing import ProbeContract

TOLERANCE = Tolerance(
    key="prints", default=0.05, unit=ToleranceUnit.DIFFERENCE, description="Largest rise of the share that prints."
)
DECLARED: dict[str, Any] = {
    "name": "prints",
    "quantity": "share of completions that print",
    "rule": Rule.RISE,
    "tolerance": TOLERANCE,
    "score": share_of(lambda answer: "print(" in answer.code),
}


class _Broken(ProbeContract):
    """Makes a probe of the class ``faulty``, with some of its fields changed."""

    faulty: type[ScoreProbe] = ScoreProbe
    changed: ClassVar[dict[str, Any]] = {}

    def make(self) -> Probe:
        return self.faulty(**{**DECLARED, **self.changed})


class BrokenSaysNothing(_Broken):
    fails = "test_it_describes_itself"
    changed: ClassVar = {"quantity": ""}


class BrokenTolerates100Percent(_Broken):
    fails = "test_its_default_tolerance_is_between_none_and_everything"
    changed: ClassVar = {"tolerance": replace(TOLERANCE, default=1.0)}


class _Changed(ScoreProbe):
    """Outcomes of a real probe, changed."""

    def compare(self, base: ModelSamples, tuned: ModelSamples, settings: Settings) -> ProbeOutcome:
        return super().compare(base, tuned, settings).model_copy(update=self.change(settings))

    def change(self, settings: Settings) -> dict[str, Any]:
        return {}


class _OfAnotherName(_Changed):
    def change(self, settings: Settings) -> dict[str, Any]:
        return {"probe": "other"}


class BrokenOfAnotherName(_Broken):
    fails = "test_its_outcome_is_named_after_it_and_has_its_rule"
    faulty = _OfAnotherName


class _ChangesWhatItReads(ScoreProbe):
    """Reads other code than the tuned model wrote."""

    def compare(self, base: ModelSamples, tuned: ModelSamples, settings: Settings) -> ProbeOutcome:
        changed = {
            name: tuple(replace(each, code="print()") for each in given) for name, given in tuned.heldout.items()
        }
        return super().compare(base, replace(tuned, heldout=changed), settings)


class BrokenSeesDriftWhereThereIsNone(_Broken):
    fails = "test_a_model_compared_with_itself_has_not_drifted"
    faulty = _ChangesWhatItReads


CALLS: list[int] = []


class _NotesItsCalls(_Changed):
    def change(self, settings: Settings) -> dict[str, Any]:
        CALLS.append(1)
        return {"note": f"call {len(CALLS)}"}


class BrokenDependsOnItsCalls(_Broken):
    fails = "test_it_computes_the_same_outcome_twice"
    faulty = _NotesItsCalls


class _OfAnotherUnit(_Changed):
    def change(self, settings: Settings) -> dict[str, Any]:
        return {"relative": True}


class BrokenOfAnotherUnit(_Broken):
    fails = "test_its_drift_has_the_unit_of_its_tolerance_and_the_level_of_the_settings"
    faulty = _OfAnotherUnit


class _JudgesByItsDefault(ScoreProbe):
    def compare(self, base: ModelSamples, tuned: ModelSamples, settings: Settings) -> ProbeOutcome:
        return super().compare(base, tuned, replace(settings, tolerance=self.tolerance.default))


class BrokenJudgesByItsDefault(_Broken):
    fails = "test_it_is_judged_by_the_tolerance_of_the_settings"
    faulty = _JudgesByItsDefault


class _TakesNothingForZero(ScoreProbe):
    def compare(self, base: ModelSamples, tuned: ModelSamples, settings: Settings) -> ProbeOutcome:
        if not base.heldout:
            return super().compare(EVERY_MODEL[0], EVERY_MODEL[0], settings)
        EVERY_MODEL.append(base)
        return super().compare(base, tuned, settings)


EVERY_MODEL: list[ModelSamples] = [ProbeContract()._model(ScoreProbe(**DECLARED))]


class BrokenTakesNothingForZero(_Broken):
    fails = "test_without_samples_it_is_insufficient_with_a_reason"
    faulty = _TakesNothingForZero


class BrokenRaises(_Broken):
    fails = "test_any_text_is_compared"
    changed: ClassVar = {"score": share_of(lambda answer: bool(answer.code.encode()) and "print(" in answer.code)}


class _ComparesAnything(ScoreProbe):
    def compare(self, base: ModelSamples, tuned: ModelSamples, settings: Settings) -> ProbeOutcome:
        return super().compare(base, base, settings)


class BrokenComparesAnything(_Broken):
    fails = "test_models_that_were_asked_different_prompts_are_not_compared"
    faulty = _ComparesAnything


class BrokenAsksForPromptsThatDoNotExist(_Broken):
    fails = "test_its_prompts_exist"
    changed: ClassVar = {"prompts": Prompts("style", ("no such kind",))}
