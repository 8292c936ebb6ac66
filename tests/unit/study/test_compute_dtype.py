"""A study is computed in the type that it began with, and says so where the machine would choose another."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from passgap.errors import StudyError
from passgap.models.dtypes import ChosenDtype
from passgap.ports import EngineIdentity, ModelReference
from passgap.stages import Silent
from passgap.study import Study
from passgap.study.compute_dtype import ARITHMETIC, begun_in, said_of
from passgap.study.declaration import declare
from passgap.study.services import Services
from passgap.wiring import open_services


class Notes(Silent):
    """Keeps what is noted."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def note(self, text: str) -> None:
        self.lines.append(text)


def on_machine(study: Study, dtype: str, notes: Notes, opened: list[str]) -> Study:
    """The study on a machine that is fast in a type: its sampler is opened, and nothing is drawn."""

    def in_dtype(name: str) -> Services:
        def open_sampler(model: ModelReference, written: Sequence[EngineIdentity]) -> object:
            opened.append(name)
            return services.open_sampler(model, written)

        return replace(services, open_sampler=open_sampler)  # type: ignore[arg-type]

    def choose() -> ChosenDtype:
        declared = study._context.spec.engine.dtype  # type: ignore[union-attr]
        return ChosenDtype(dtype=dtype if declared == "auto" else declared, device="cpu", reason="it is")  # type: ignore[arg-type]

    services = replace(study._context.services, progress=notes, choose_dtype=choose, in_dtype=in_dtype)
    study._context = replace(study._context, services=services)
    return study


def sample(study: Study) -> None:
    declare(study._context)
    with study._context.sampler(study._context.base_model()):
        pass


def test_the_type_of_the_first_sample_is_in_the_ledger_and_kept_on_another_machine(open_scripted, folder: Path) -> None:  # type: ignore[no-untyped-def]
    notes, opened = Notes(), []
    sample(on_machine(open_scripted(""), "bfloat16", notes, opened))
    assert notes.lines == ["arithmetic: bfloat16 on cpu: it is"]
    study = on_machine(open_scripted(""), "float32", notes, opened)
    sample(study)
    sample(study)
    assert opened == ["bfloat16"] * 3
    assert len(notes.lines) == 2
    assert "began in bfloat16 and goes on in it" in notes.lines[1]
    assert "float32 on cpu: it is" in notes.lines[1]
    assert said_of(study._context) == "bfloat16 on cpu: it is"
    [entry] = study.folder.ledger.of_kind(ARITHMETIC)
    assert isinstance(entry.payload, dict)
    assert entry.payload["dtype"] == "bfloat16"


def test_another_type_that_is_declared_later_is_refused(open_scripted, folder: Path) -> None:  # type: ignore[no-untyped-def]
    sample(on_machine(open_scripted(""), "bfloat16", Notes(), []))
    changed = on_machine(open_scripted("engine: {dtype: float32}\n"), "bfloat16", Notes(), [])
    with pytest.raises(StudyError, match="began in bfloat16, and"):
        sample(changed)
    same = on_machine(open_scripted("engine: {dtype: bfloat16}\n"), "float32", Notes(), opened := [])
    sample(same)
    assert opened == ["bfloat16"]


def test_a_study_from_before_the_entry_goes_on_in_the_type_of_its_samples(open_scripted, folder: Path) -> None:  # type: ignore[no-untyped-def]
    begun = folder / "artifacts" / "base-samples-0123456789ab"
    begun.mkdir(parents=True)
    (begun / "inputs.json").write_text(json.dumps({"engine": {"dtype": "bfloat16"}}))
    notes, opened = Notes(), []
    study = on_machine(open_scripted(""), "float32", notes, opened)
    sample(study)
    assert begun_in(study.folder) == "bfloat16"
    assert opened == ["bfloat16"]
    assert "goes on in it" in notes.lines[0]
    assert study.folder.ledger.of_kind(ARITHMETIC) == []


def test_the_real_services_compute_in_the_type_that_they_are_given(open_scripted, tiny_model: Path) -> None:  # type: ignore[no-untyped-def]
    pytest.importorskip("torch")
    spec = open_scripted("")._context.spec
    services = open_services(spec, Silent())
    assert services.in_dtype is not None
    other = services.in_dtype("float16")
    sampler = other.open_sampler(services.resolve_model(str(tiny_model)), [])
    assert sampler.identity.dtype == "float16"
    chosen = other.choose_dtype()
    assert chosen is not None
    assert chosen.dtype == "float16"
