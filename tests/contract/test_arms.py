"""Every registered arm: how it is declared, and that what it reads is what is registered of it."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.unit.study.conftest import STUDY, FixedClock, ScriptedModel

from arm_sections import SECTIONS
from passgap import parse_study
from passgap.arms import ARMS, Arm, Origin, arm_of
from passgap.arms.placebo.section import PlaceboSection
from passgap.arms.self_training import SelfTrainingArm
from passgap.arms.self_training.pool import sample_pool
from passgap.moves import Move
from passgap.ports import EngineIdentity, FolderModel, ModelReference, SampleRequest
from passgap.records import Decoding, FinishReason, NoTests, Record, Sample
from passgap.registry import UnknownMemberError
from passgap.spec.repetitions import RepeatedSection
from passgap.spec.section import Section
from passgap.stages import Silent
from passgap.store import StudyFolder
from passgap.study import Services, Study
from passgap.study.declared_arms import DeclaredProblems, declared_arms
from passgap.study.lab import StudyLab
from passgap.study.preregistration import pipeline_spec, register
from passgap.study.run import begin, splits_of
from passgap.testing.scripted_study import shared_sandbox


class TrainingBeginsError(Exception):
    """Training begins: everything that an arm reads before it has been read."""


class SolvingModel(ScriptedModel):
    """Solves every pool problem in every second sample."""

    def sample(self, requests: Sequence[SampleRequest], decoding: Decoding, **_: Any) -> Iterator[Sample]:
        for request in requests:
            for index, seed in zip(request.indices, request.seeds, strict=True):
                kind, _, number = request.problem_id.partition("/")
                right = f"x + {number}" if index % 2 == 0 else "None"
                yield Sample(
                    problem_id=request.problem_id,
                    index=index,
                    completion=f"def {kind}_{number}(x):\n    y = {right}\n    return y\n",
                    finish_reason=FinishReason.STOP,
                    seed=seed,
                    prompt_tokens=9,
                    completion_tokens=12,
                )


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """A study that declares every arm with its defaults, on a scripted model in the real sandbox."""
    for split in ("heldout", "pool"):
        rows = [
            {
                "task_id": f"{split}/{number}",
                "prompt": f"Add the {split} number {number} to x, for {'abcdefgh'[number]} in {split}.",
                "entry_point": f"{split}_{number}",
                "test": f"assert {split}_{number}(1) == {number + 1}",
                "reference": f"def {split}_{number}(x):\n    return x + {number}\n",
            }
            for number in range(6)
        ]
        (tmp_path / f"{split}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    declared = yaml.safe_load(STUDY)
    declared["arms"] = {name: SECTIONS.get(name, {}) for name in ARMS}

    def halt(kind: str) -> Any:
        raise TrainingBeginsError(kind)

    def digest(folder: Path) -> str:
        return f"{folder.parent.name}/{folder.name}"

    def open_sampler(reference: ModelReference, recorded: Sequence[EngineIdentity]) -> ScriptedModel:
        del recorded
        assert isinstance(reference, FolderModel)
        model = SolvingModel()
        model.identity = SolvingModel.identity.model_copy(
            update={"model": reference.folder.name, "model_digest": digest(reference.folder)}
        )
        return model

    services = Services(
        clock=FixedClock(),
        progress=Silent(),
        who="a test",
        resolve_model=lambda name: FolderModel(folder=tmp_path / name),
        model_digest=digest,
        open_sampler=open_sampler,
        open_executor=shared_sandbox,
        open_trainer=halt,
    )
    return Study(parse_study(yaml.safe_dump(declared)), StudyFolder(tmp_path), services)


@pytest.mark.parametrize("name", ARMS)
def test_an_arm_is_named_once_in_every_list(name: str) -> None:
    arm = ARMS[name]
    assert re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", arm.name), "artifacts carry the name"
    assert arm.caption and len({each.caption for each in ARMS.values()}) == len(ARMS)
    assert issubclass(arm.Section, Section)
    assert all(field.description for field in arm.Section.model_fields.values() if not _is_section(field.annotation))


def _is_section(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Section)


@pytest.mark.parametrize("move", Move)
def test_every_move_is_carried_out_by_an_arm(move: Move) -> None:
    assert arm_of(move) is ARMS[move.arm]


def test_there_is_no_arm_of_another_name() -> None:
    with pytest.raises(UnknownMemberError, match="there is no arm named `prayer`"):
        arm_of("prayer")


class Reads:
    """Which fields of an arm's section were read, by the names of section and field."""

    def __init__(self) -> None:
        self.seen: set[tuple[str, str]] = set()
        self.by: list[str] = []


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Reads:
    found = Reads()
    plain = Record.__getattribute__

    def watched(record: Record, name: str) -> Any:
        kind = type(record)
        if issubclass(kind, Section) and name in kind.model_fields:
            found.seen.add((kind.__name__, name))
            found.by.append(sys._getframe(1).f_globals.get("__name__", "?"))
        return plain(record, name)

    monkeypatch.setattr(Record, "__getattribute__", watched)
    return found


def _fields(section: Section) -> set[tuple[str, str]]:
    """Every field of a section and of the sections in it, less its repetitions, which are registered for every arm."""
    found = set()
    for name in type(section).model_fields.keys() - RepeatedSection.model_fields.keys():
        value = getattr(section, name)
        found.add((type(section).__name__, name))
        if isinstance(value, Section):
            found |= _fields(value)
    return found


TRAINED = [name for name, arm in ARMS.items() if arm.trains]
REGISTERED = [name for name, arm in ARMS.items() if arm.preregistered]


@pytest.mark.parametrize("name", TRAINED)
def test_an_arm_that_trains_can_be_repeated(name: str) -> None:
    assert issubclass(ARMS[name].Section, RepeatedSection)


@pytest.mark.parametrize("name", REGISTERED)
def test_what_an_arm_reads_of_its_section_is_what_is_registered_of_it(name: str, study: Study, reads: Reads) -> None:
    """And it is all of it: a field that is declared and neither registered nor read would decide nothing."""
    context = study._context
    splits = splits_of(context)
    begin(context, splits)
    arm: Arm[Any] = ARMS[name]
    section = arm.section_of(context.spec)
    fields = _fields(section)
    register(context, pipeline_spec(context, splits, name))

    reads.seen.clear()
    recipe = arm.registered(section, DeclaredProblems(context.spec, splits))
    registered = reads.seen & fields
    reads.seen.clear()
    with pytest.raises(TrainingBeginsError) if arm.trains else nullcontext():
        arm.produce(section, StudyLab(context, splits))
    assert reads.seen & fields == registered
    assert fields - registered <= {("TrainingSection", "mix_path")}, "the file is registered by what is in it"
    assert (recipe.training is not None) == arm.trains


@pytest.mark.parametrize("name", REGISTERED)
def test_an_arm_that_runs_samples_of_the_pool_is_refused_where_the_pool_has_no_tests(name: str, study: Study) -> None:
    context = study._context
    splits, arm = splits_of(context), ARMS[name]
    section = arm.section_of(context.spec)
    untested = tuple(each.model_copy(update={"tests": NoTests()}) for each in splits.pool.problems)
    pool = splits.pool.model_copy(update={"problems": untested})
    problems = DeclaredProblems(context.spec, replace(splits, pool=pool))
    found = list(arm.lacks(section, problems, lambda field: f"{name}.{field}"))
    if isinstance(section, PlaceboSection):  # the arm that it repeats is in the same study, and says it
        found += ARMS[section.of].lacks(ARMS[section.of].section_of(context.spec), problems, lambda field: field)
    runs = any(work.run for work in arm.work(section, context.spec, 6, 6))
    assert bool(found) == runs
    assert not runs or "6 pool problems carry no tests that can be run here, as pool/0" in " ".join(found)
    assert not list(arm.lacks(section, DeclaredProblems(context.spec, splits), str))


SELF_TRAINED = [name for name, arm in ARMS.items() if isinstance(arm, SelfTrainingArm)]


@pytest.mark.parametrize("name", SELF_TRAINED)
def test_an_arm_that_calls_its_data_raw_takes_all_of_them_and_no_other_does(name: str, study: Study) -> None:
    """The pool's samples are right and wrong in equal parts, and none is empty or a stub."""
    context = study._context
    lab = StudyLab(context, splits_of(context))
    arm = ARMS[name]
    assert isinstance(arm, SelfTrainingArm)
    section = arm.section_of(context.spec)
    pool = sample_pool(lab, arm.registered(section, lab))
    kept = arm.select(section, pool, lab).kept
    assert (arm.origin is Origin.RAW_OWN) == (len(kept) == len(pool.samples))
    assert arm.origin in (Origin.RAW_OWN, Origin.FILTERED_OWN)


def test_arms_that_need_the_same_work_share_it(study: Study) -> None:
    spec = study._context.spec
    works = [work for arm, section in declared_arms(spec) for work in arm.work(section, spec, 6, 6)]
    drawn = [work for work in works if work.name == "base-pool" and work.draw]
    assert len(drawn) > 1 and all(work == drawn[0] for work in drawn)
    steps = [step.name for step in study.plan().steps]
    assert len([name for name in steps if name.startswith("sample the pool")]) == 1
    assert len([name for name in steps if name.startswith("fine-tune")]) == len(TRAINED)
