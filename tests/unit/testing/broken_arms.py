"""Arms with one fault each, and the test of the contract that must find it."""

from __future__ import annotations

from itertools import count
from typing import Any

from pydantic import ConfigDict, Field

from documented import module_of
from passgap.arms import ARMS, Arm, Candidate, Lab
from passgap.spec.section import Section
from passgap.testing import ArmContract

HINT: Any = module_of("extending.md", "hint_arm.py").Hint
SSD: Any = type(ARMS["ssd"])
CALLS = count()


class _Broken(ArmContract):
    """Makes an arm of the class ``faulty``."""

    faulty: Any

    def make(self) -> Arm[Any]:
        return self.faulty()


class _SilentSection(Section):
    text: str = ""


class _Silent(HINT):
    Section = _SilentSection


class BrokenDescribesNoField(_Broken):
    fails = "test_it_describes_itself"
    faulty = _Silent


class _NeedySection(Section):
    text: str = Field(description="A sentence without a default.")


class _Needy(HINT):
    Section = _NeedySection


class BrokenNeedsAFieldThatTheTestDoesNotGive(_Broken):
    fails = "test_a_study_can_declare_it"
    faulty = _Needy


class _LaxSection(Section):
    model_config = ConfigDict(extra="allow")


class _Lax(HINT):
    Section = _LaxSection


class BrokenTakesAnyField(_Broken):
    fails = "test_a_field_that_it_does_not_have_is_refused_by_its_path"
    faulty = _Lax


class _Assuming(HINT):
    def section_of(self, spec: Any) -> Any:
        return self.Section()


class BrokenRunsUndeclared(_Broken):
    fails = "test_a_study_without_it_is_told_to_declare_it"
    faulty = _Assuming


class _Anonymous(HINT):
    def produce(self, section: Any, lab: Lab) -> Candidate:
        return Candidate(arm="base", model=lab.base_model(), decoding=lab.spec.production_decoding, evaluation=lab.base)

    def declared(self, section: Any, spec: Any) -> tuple[tuple[str, str], ...]:
        return ()


class BrokenGoesUnderAnotherName(_Broken):
    fails = "test_the_report_names_it"
    faulty = _Anonymous


class _Restless(HINT):
    def produce(self, section: Any, lab: Lab) -> Candidate:
        found = super().produce(section, lab)
        decoding = found.decoding.model_copy(update={"max_new_tokens": 100 + next(CALLS)})
        return Candidate(**{**vars(found), "decoding": decoding})


class BrokenDrawsAnewInEachRun(_Broken):
    fails = "test_a_second_run_draws_nothing_and_says_the_same"
    faulty = _Restless


class BrokenCannotBeReadFromDisk(_Broken):
    fails = "test_a_finished_study_is_reported_without_drawing"
    faulty = _Restless


class _Unregistered(SSD):
    name = "unregistered"
    caption = "an arm that trains without its registration"
    always_declared = False

    def produce(self, section: Any, lab: Lab) -> Candidate:
        return Candidate(arm=self.name, model=lab.base_model(), decoding=lab.spec.production_decoding)


class BrokenTrainsUnregistered(_Broken):
    fails = "test_what_is_registered_is_registered_first"
    faulty = _Unregistered


class _Forgetful(SSD):
    name = "forgetful"
    caption = "an arm that registers something else each time"
    always_declared = False

    def selection_rule(self, section: Any) -> str:
        return f"rule {next(CALLS)}"


class BrokenRegistersSomethingElseEachTime(_Broken):
    fails = "test_it_registers_the_same_twice"
    faulty = _Forgetful


class _Priceless(HINT):
    def work(self, section: Any, spec: Any, heldout: int, pool: int) -> Any:
        raise NotImplementedError


class BrokenHasNoPrice(_Broken):
    fails = "test_a_plan_prices_it"
    faulty = _Priceless


class _KeepingSection(SSD.Section):
    kept: int = Field(default=100, description="The most examples that are kept.")


class _Secretive(SSD):
    name = "secretive"
    caption = "an arm with a setting that it does not register"
    always_declared = False
    Section = _KeepingSection

    def produce(self, section: Any, lab: Lab) -> Candidate:
        assert section.kept > 0
        return super().produce(section, lab)


class BrokenReadsWhatItDoesNotRegister(_Broken):
    fails = "test_it_reads_no_setting_that_it_does_not_register"
    faulty = _Secretive
