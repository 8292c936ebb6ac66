"""An engine of another distribution is declared by its name and its options."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter

from passgap import parse_study
from passgap.errors import StudyError
from passgap.spec import EngineSection, LocalEngine, PluginEngine, StudySpec, VllmEngine
from passgap.spec.template import study_template


def declared(engine: str) -> StudySpec:
    text = study_template("x")
    head, _, _ = text.partition("\nengine:")
    return parse_study(f"{head}\nengine: {engine}\n").spec


def test_an_engine_with_options_is_one_of_another_distribution() -> None:
    spec = declared("{name: bigram, options: {order: 2, paths: [a, b]}}")
    assert spec.engine == PluginEngine(name="bigram", options={"order": 2, "paths": ["a", "b"]})
    assert TypeAdapter(EngineSection).validate_python(spec.engine.model_dump(mode="json")) == spec.engine
    assert spec.model_dump(mode="json")["engine"] == {"name": "bigram", "options": {"order": 2, "paths": ["a", "b"]}}


def test_the_engines_of_passgap_are_declared_by_fields() -> None:
    assert declared("{device: cpu}").engine == LocalEngine(device="cpu")
    assert declared("{name: vllm}").engine == VllmEngine(name="vllm")
    with pytest.raises(StudyError, match=r"engine\.options: there is no such field"):
        declared("{name: local, options: {}}")


def test_an_unknown_engine_is_refused_with_those_that_there_are_and_how_another_is_declared() -> None:
    with pytest.raises(StudyError) as caught:
        declared("{name: steam}")
    assert "engine.name: should be one of 'local', 'vllm', 'server'; it is 'steam'" in str(caught.value)
    assert "`options`" in str(caught.value)


def test_what_another_distributions_engine_is_not_given_is_said() -> None:
    with pytest.raises(StudyError, match=r"engine\.device: there is no such field"):
        declared("{name: bigram, options: {}, device: cpu}")
