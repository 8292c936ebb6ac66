"""The readers of code that a study declares: kept, shown, and never replaced by others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from passgap.errors import StudyError
from passgap.estimates import counts_from_columns
from passgap.languages import LANGUAGES, RULES
from passgap.probes import DeclaredBattery, missing_readers
from passgap.probes.fences import is_fenced
from passgap.records import FinishReason, OutcomeKind, Result, SampleText
from passgap.stages.evaluation import Evaluation
from passgap.store import StudyFolder
from passgap.study.battery_answers import Asking, ProbeAnswers
from passgap.study.battery_compared import samples_of_model
from passgap.study.context import StudyContext
from passgap.study.declaration import declare
from passgap.study.read_only import read_only

from .conftest import OpenStudy


def in_languages(context: StudyContext, *languages: str) -> StudyContext:
    spec = context.intake.spec
    family = spec.task_family.model_copy(update={"languages": languages})
    intake = context.intake.model_copy(update={"spec": spec.model_copy(update={"task_family": family})})
    return replace(context, intake=intake)


def payload_of(context: StudyContext) -> dict[str, Any]:
    [entry] = StudyFolder(context.folder.path).ledger.of_kind("declaration")
    assert isinstance(entry.payload, dict)
    return entry.payload


def test_a_study_declares_the_reader_of_each_language_but_python(open_scripted: OpenStudy) -> None:
    context = in_languages(open_scripted()._context, "ts", "go", "python")
    declare(context)
    readers = {name: LANGUAGES[name].reader for name in ("typescript", "go")}
    assert payload_of(context)["readers"] == readers
    assert context.battery.readers == readers
    assert context.battery.language == "typescript", "an alias is the language that it names"
    assert context.battery.reader("go") == LANGUAGES["go"].reader
    assert context.battery.reader("rust") == context.battery.reader("python") == RULES


def test_a_study_in_python_declares_none_and_one_of_an_earlier_edition_has_none(open_scripted: OpenStudy) -> None:
    context = open_scripted()._context
    declare(context)
    assert "readers" not in payload_of(context)
    assert context.battery.reader("python") == RULES
    assert DeclaredBattery(("comments",), edition=2).reader("go") is None


def test_a_study_goes_on_by_the_readers_that_it_declared_or_not_at_all(
    open_scripted: OpenStudy, monkeypatch: pytest.MonkeyPatch
) -> None:
    if LANGUAGES["go"].reader == RULES:
        pytest.skip("no grammar is installed: pip install 'passgap[trees]'")
    context = in_languages(open_scripted()._context, "go", "rust")
    declare(context)
    monkeypatch.setattr("passgap.languages.base.reader_of", lambda grammar: None)
    with pytest.raises(StudyError) as refused:
        declare(context)
    told = str(refused.value)
    assert "the battery's code cannot be read as it was declared" in told
    for package in ("tree-sitter-go==", "tree-sitter-rust=="):
        assert package in told
    assert declare(read_only(context)), "a finished study can be read without"
    monkeypatch.setattr("passgap.languages.base.reader_of", lambda grammar: f"{grammar.package} 0.0.1")
    assert [each.count("0.0.1 is installed here") for each in missing_readers(context.battery)] == [1, 1]


def test_a_study_that_declared_rules_keeps_them_where_a_grammar_comes_later(
    open_scripted: OpenStudy, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = in_languages(open_scripted()._context, "go")
    with monkeypatch.context() as without:
        without.setattr("passgap.languages.base.reader_of", lambda grammar: None)
        declare(context)
    assert payload_of(context)["readers"] == {"go": RULES}
    declare(context)
    assert context.battery.reader("go") == RULES


def test_held_out_answers_are_read_in_the_language_of_their_problem(open_scripted: OpenStudy) -> None:
    context = in_languages(open_scripted()._context, "typescript", "go")
    fenced = {
        "typescript": "```ts\nlet one = 1;\n```",
        "go": "```go\nvar one = 1\n```",
        "rust": "```rs\nfn f() {}\n```",
    }
    drawn = {
        name: (SampleText(name, 0, text, FinishReason.STOP, prompt_tokens=9, completion_tokens=9),)
        for name, text in fenced.items()
    }
    measured = Evaluation(samples=(), results=())
    measured.__dict__["by_problem"] = drawn
    measured.__dict__["outcomes"] = tuple(
        Result(task_id=name, sample=0, passed=True, outcome=OutcomeKind.PASSED, language=name) for name in fenced
    )
    asking = Asking(context.base_model(), "base", context.spec.production_decoding)
    counts = counts_from_columns(list(fenced), [1] * len(fenced), [1] * len(fenced))
    read = samples_of_model(context, (measured, ProbeAnswers(asking, (), ())), counts)
    answers = {name: given[0] for name, given in read.heldout.items()}
    assert {name: each.reader.name for name, each in answers.items()} == {name: name for name in fenced}
    assert answers["go"].read_by == LANGUAGES["go"].reader
    assert answers["rust"].read_by == RULES, "no reader was declared for a language that the family does not name"
    assert answers["go"].code == "var one = 1\n"
    assert all(map(is_fenced, answers.values()))
