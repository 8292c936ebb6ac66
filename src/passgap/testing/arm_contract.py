"""The contract of an arm (:class:`passgap.arms.Arm`)."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from passgap.arms import ARMS, BASE, Arm, Candidate, Lab, Origin
from passgap.errors import StudyError
from passgap.records import Record
from passgap.spec.repetitions import RepeatedSection
from passgap.spec.section import Section
from passgap.study import Study
from passgap.study.checking import parse_study
from passgap.testing.scripted_study import HELDOUT, open_scripted_study, study_text

NOT_REGISTERED = "nothing is registered of the arm: its settings are declared before anything is measured"


@dataclass(frozen=True)
class FinishedStudy:
    """A study in which an arm was run."""

    study: Study
    drawn: Counter[str]
    """How many samples of each problem were drawn until now."""
    drawn_once: Counter[str]
    """How many were drawn when the arm had been run once."""
    report: str
    """The report after that, as JSON."""


class ArmContract:
    """Holds an arm to its contract. Subclass it in a test module and implement :meth:`make`::

        class TestMyArm(ArmContract):
            def make(self):
                return ARM

    The arm is run in a study of a dozen problems. The sandbox, the store and the ledger are the real ones; the model is
    a script that solves every second sample (two of three after training), and training copies its folder.
    """

    def make(self) -> Arm[Any]:
        """The arm under test."""
        raise NotImplementedError("implement `make`, or override the fixture `arm`")

    def section(self, arm: Arm[Any]) -> dict[str, Any]:
        """The arm's block of ``study.yaml``; by default, nothing is set in it."""
        del arm
        return {}

    def others(self, arm: Arm[Any]) -> dict[str, Any]:
        """Blocks of other arms that it cannot be declared without, by their names; by default, none."""
        del arm
        return {}

    @pytest.fixture(scope="class")
    @classmethod
    def arm(cls) -> Arm[Any]:
        """The arm under test."""
        return cls().make()

    @pytest.fixture(scope="class")
    @classmethod
    def declared(cls, arm: Arm[Any]) -> Iterator[dict[str, Any]]:
        """The blocks under ``arms``, while the arm is in the table."""
        declared = {**cls().others(arm), arm.name: cls().section(arm)}
        if ARMS.get(arm.name) is arm:
            yield declared
            return
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(ARMS, "_found", {**ARMS, arm.name: arm})
            yield declared

    @pytest.fixture
    def study(self, declared: dict[str, Any], tmp_path: Path) -> Study:
        """A study that declares the arm, of which nothing is measured."""
        return open_scripted_study(tmp_path, declared, Counter())

    @pytest.fixture(scope="class")
    @classmethod
    def finished(
        cls, arm: Arm[Any], declared: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
    ) -> FinishedStudy:
        """A study in which the arm was run."""
        folder, drawn = tmp_path_factory.mktemp("finished"), Counter[str]()
        study = open_scripted_study(folder, declared, drawn)
        study.run([arm.name])
        return FinishedStudy(study, drawn, Counter(drawn), (folder / "report.json").read_text())

    def test_it_describes_itself(self, arm: Arm[Any]) -> None:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", arm.name)
        assert arm.caption
        assert issubclass(arm.Section, Section)
        assert _without_description(arm.Section) == []

    def test_the_origin_of_its_data_decides_whether_it_is_minimal(self, arm: Arm[Any]) -> None:
        assert not arm.trains or arm.origin is not Origin.NONE, "an arm that trains says what its data are"
        if "minimal" in arm.caption.lower():
            assert arm.origin is Origin.RAW_OWN, "only raw own samples carry the minimal label"

    def test_a_study_can_declare_it(self, arm: Arm[Any], declared: dict[str, Any]) -> None:
        spec = parse_study(study_text(declared)).spec
        assert isinstance(spec.arms[arm.name], arm.Section)
        assert arm.section_of(spec) == spec.arms[arm.name]

    def test_a_field_that_it_does_not_have_is_refused_by_its_path(
        self, arm: Arm[Any], declared: dict[str, Any]
    ) -> None:
        wrong = {**declared, arm.name: {**declared[arm.name], "no_such_field": 1}}
        with pytest.raises(StudyError) as caught:
            parse_study(study_text(wrong))
        assert any(f"arms.{arm.name}.no_such_field" in problem for problem in caught.value.problems)

    def test_a_study_without_it_is_told_to_declare_it(self, arm: Arm[Any], declared: dict[str, Any]) -> None:
        assert declared
        spec = parse_study(study_text({})).spec
        if arm.name in (*spec.arms, BASE):
            pytest.skip("every study has it")
        with pytest.raises(StudyError, match=arm.name):
            arm.section_of(spec)

    def test_the_report_names_it(self, arm: Arm[Any], finished: FinishedStudy) -> None:
        report = json.loads(finished.report)
        if not report.get("comparison"):  # where the base model alone was measured, there is nothing to compare
            assert arm.name == BASE
            return
        assert arm.name in {row["arm"] for row in report["comparison"]["rows"]}

    def test_it_is_evaluated_on_held_out_problems(self, arm: Arm[Any], finished: FinishedStudy) -> None:
        table = finished.study.evaluate(arm.name)
        assert 0 < table.problems <= HELDOUT
        assert table.samples >= table.problems
        assert table.unscored == 0

    def test_a_second_run_draws_nothing_and_says_the_same(self, arm: Arm[Any], finished: FinishedStudy) -> None:
        finished.study.run([arm.name])
        assert finished.drawn == finished.drawn_once
        again = (finished.study.folder.path / "report.json").read_text()
        assert json.loads(again) == json.loads(finished.report)

    def test_a_finished_study_is_reported_without_drawing(
        self, declared: dict[str, Any], finished: FinishedStudy
    ) -> None:
        open_scripted_study(finished.study.folder.path, declared, finished.drawn).report()
        assert finished.drawn == finished.drawn_once

    def test_what_is_registered_is_registered_first(self, arm: Arm[Any], study: Study) -> None:
        if not arm.preregistered:
            with pytest.raises(StudyError):
                study.register(arm.name)
            return
        produce = study.train if arm.trains else study.evaluate
        with pytest.raises(StudyError):
            produce(arm.name)
        entry = study.register(arm.name)
        candidates = _produced_by(arm)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(arm, "produce", candidates.produce)
            produce(arm.name)
        [candidate] = candidates.made
        assert candidate.arm == arm.name
        assert candidate.registration == entry.hash

    def test_it_registers_the_same_twice(self, arm: Arm[Any], study: Study) -> None:
        if not arm.preregistered:
            pytest.skip(NOT_REGISTERED)
        assert study.register(arm.name) == study.register(arm.name)

    def test_it_reads_no_setting_that_it_does_not_register(
        self, arm: Arm[Any], study: Study, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        if not arm.preregistered:
            pytest.skip(NOT_REGISTERED)
        reads = _watched(arm, monkeypatch)
        study.register(arm.name)
        (study.train if arm.trains else study.evaluate)(arm.name)
        assert reads["registered"]
        assert reads["produce"] - reads["registered"] == set(), "these settings can be changed after the registration"

    def test_a_plan_prices_it(self, arm: Arm[Any], study: Study) -> None:
        assert study.plan().model_dump(mode="json")
        assert arm.name


@dataclass
class _Candidates:
    """Produces an arm's candidates, and keeps them."""

    original: Callable[..., Candidate]
    made: list[Candidate]

    def produce(self, section: Section, lab: Lab) -> Candidate:
        candidate = self.original(section, lab)
        self.made.append(candidate)
        return candidate


def _produced_by(arm: Arm[Any]) -> _Candidates:
    return _Candidates(arm.produce, [])


def _without_description(section: type[Section]) -> list[str]:
    """The fields whose purpose messages could not state, by path; those of sections within it too."""
    found = []
    for name, field in section.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, Section):
            found += [f"{name}.{each}" for each in _without_description(inner)]
        elif not field.description:
            found.append(name)
    return found


def _watched(arm: Arm[Any], monkeypatch: pytest.MonkeyPatch) -> dict[str, set[tuple[str, str]]]:
    """The fields of sections that methods of the arm read from now on, by the names of section and field."""
    reads: dict[str, set[tuple[str, str]]] = {"registered": set(), "produce": set()}
    running: list[str] = []
    plain = Record.__getattribute__
    within = _sections_in(arm.Section)
    repeated = RepeatedSection.model_fields.keys()  # the study repeats an arm, and registers with which seeds

    def read(record: Record, name: str) -> Any:
        if running and type(record) in within and name in type(record).model_fields.keys() - repeated:
            reads[running[-1]].add((type(record).__name__, name))
        return plain(record, name)

    def watch(method: str) -> None:
        original = getattr(arm, method)

        def call(*arguments: Any) -> Any:
            running.append(method)
            try:
                return original(*arguments)
            finally:
                running.pop()

        monkeypatch.setattr(arm, method, call)

    monkeypatch.setattr(Record, "__getattribute__", read)
    for method in reads:
        watch(method)
    return reads


def _sections_in(section: type[Section]) -> set[type[Section]]:
    """A section and the sections of its fields."""
    inner = [field.annotation for field in section.model_fields.values()]
    found = {section}
    for each in inner:
        if isinstance(each, type) and issubclass(each, Section):
            found |= _sections_in(each)
    return found
