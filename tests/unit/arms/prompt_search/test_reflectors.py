"""A reflector answers questions once: the base model's own answers, and a teacher's over real HTTP, counted apart."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from passgap.arms.prompt_search.records import SearchRecords
from passgap.arms.prompt_search.reflectors import Reflection, reflector_of
from passgap.arms.prompt_search.section import ReflectorSection
from passgap.engines.local.sampler import LocalSampler
from passgap.errors import EngineError
from passgap.store import Artifact
from served import MODEL, serve

LAB: Any = SimpleNamespace(spec=SimpleNamespace(model=SimpleNamespace(chat=True, context_tokens=128), seed=7))
QUESTION = "Write an instruction."


def artifact(folder: Path) -> Artifact:
    folder.mkdir(exist_ok=True)
    return Artifact(folder, "prompt-search", {"registration": "r"})


def test_a_teacher_is_asked_over_http_and_its_tokens_are_counted(tiny_model: Path, tmp_path: Path) -> None:
    with serve(tiny_model) as server:
        section = ReflectorSection(model=MODEL, base_url=server.url, max_new_tokens=8, dialect="vllm")
        with SearchRecords(artifact(tmp_path / "a")) as records:
            with reflector_of(section, LocalSampler(tiny_model, device="cpu"), LAB, records) as reflector:
                first = reflector.ask(QUESTION)
            assert first
        asked = [body for body, path in zip(server.bodies, server.paths, strict=True) if "completions" in path]
        assert [each["messages"] for each in asked] == [[{"role": "user", "content": QUESTION}]]
    [row] = map(Reflection.model_validate, records.values("reflection"))
    assert row.prompt_tokens > 0 and 0 < row.tokens <= 8 and row.text == first

    # The server is gone, and what it said is there; a new question finds no one.
    with (
        SearchRecords(artifact(tmp_path / "a")) as resumed,
        reflector_of(section, LocalSampler(tiny_model, device="cpu"), LAB, resumed) as reflector,
    ):
        assert reflector.ask(QUESTION) == first


def test_the_base_model_answers_for_itself_anew_each_time(tiny_model: Path, tmp_path: Path) -> None:
    sampler = LocalSampler(tiny_model, device="cpu", workers=1)
    section = ReflectorSection(max_new_tokens=8)
    with (
        SearchRecords(artifact(tmp_path / "a")) as records,
        reflector_of(section, sampler, LAB, records) as reflector,
    ):
        answers = [reflector.ask(QUESTION) for _ in range(3)]
        assert reflector.holds(QUESTION) and not reflector.holds(QUESTION * 40)
        with pytest.raises(EngineError, match="do not fit into the context"):
            reflector.ask(QUESTION * 400)
    assert len(set(answers)) > 1, "a question that is asked again is not answered with the same words"
    with (
        SearchRecords(artifact(tmp_path / "b")) as records,
        reflector_of(section, sampler, LAB, records) as reflector,
    ):
        assert [reflector.ask(QUESTION) for _ in range(3)] == answers
