"""A model that cannot be spoken to as declared is refused or reported, never measured without a word."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from command_line import invoke
from passgap.errors import EngineError
from passgap.models.chat import render_prompt
from passgap.models.folders import has_chat_template
from passgap.records import Prompt

TEMPLATES: list[tuple[dict[str, Any], bool | None]] = [
    ({}, None),
    ({"tokenizer.json": "{}"}, False),
    ({"tokenizer_config.json": "{}"}, False),
    ({"tokenizer_config.json": '{"chat_template": null}'}, False),
    ({"tokenizer_config.json": '{"chat_template": ""}'}, False),
    ({"tokenizer_config.json": '{"chat_template": "{{ messages }}"}'}, True),
    ({"tokenizer_config.json": json.dumps({"chat_template": [{"name": "tool_use", "template": "x"}]})}, False),
    ({"tokenizer_config.json": json.dumps({"chat_template": [{"name": "default", "template": "x"}]})}, True),
    ({"tokenizer_config.json": "{}", "chat_template.jinja": "x"}, True),
    ({"tokenizer_config.json": "not JSON"}, None),
]


@pytest.mark.parametrize(("files", "expected"), TEMPLATES)
def test_a_template_is_found_where_models_keep_it(tmp_path: Path, files: dict[str, str], expected: bool | None) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    assert has_chat_template(tmp_path) is expected


class WithoutTemplate:
    """A tokenizer as transformers has it where no template is there."""

    chat_template = None

    def apply_chat_template(self, conversation: list[dict[str, str]], **options: Any) -> Any:
        raise ValueError("Cannot use chat template functions because tokenizer.chat_template is not set")


class Refusing(WithoutTemplate):
    chat_template = "{{ raise_exception('no system role') }}"


def test_a_prompt_that_cannot_be_rendered_says_what_to_do() -> None:
    with pytest.raises(EngineError, match="no chat template") as caught:
        render_prompt(WithoutTemplate(), Prompt(user="q"))
    assert "model.chat: false" in caught.value.problems[0]
    with pytest.raises(EngineError, match="refuses the conversation"):
        render_prompt(Refusing(), Prompt(user="q", system="s"))
    assert render_prompt(WithoutTemplate(), Prompt(user="q", chat=False)) == "q"


def test_check_refuses_a_chat_model_without_a_template(folder: Path, study_text: str) -> None:
    model = folder / "model"
    model.mkdir()
    (model / "tokenizer_config.json").write_text("{}")
    (model / "config.json").write_text("{}")
    (model / "model.safetensors").touch()
    text = study_text.replace("id: scripted", f"id: {model}")
    (folder / "study.yaml").write_text(text)
    refused = invoke("check", str(folder))
    assert refused.code == 2
    assert "has no chat template" in " ".join(refused.stderr.split())
    assert "Traceback" not in refused.stderr
    (folder / "study.yaml").write_text(text.replace("  name: scripted\n", "  name: scripted\n  chat: false\n"))
    assert invoke("check", str(folder)).code == 0
    (folder / "study.yaml").write_text(text)
    (model / "chat_template.jinja").write_text("x")
    assert invoke("check", str(folder)).code == 0


def test_a_study_of_empty_completions_says_so_in_verdict_and_report(
    open_scripted: Any, model: Any, study_text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model, "_answer", lambda *_: "  \n")
    text = study_text.replace("  name: scripted\n", "  name: scripted\n  chat: false\n")
    study = open_scripted(further="", text=text)
    [note] = study.verdict().notes
    assert "48 of 48 completions are empty" in note
    assert "model.chat: true" in note
    report = study.report()
    assert report.base.notes == (note,)
    assert note in (study.folder.path / "report.md").read_text()


def test_answers_without_a_program_are_counted_and_noted(
    open_scripted: Any, model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model, "_answer", lambda *_: "I cannot do that.\n```\n")
    study = open_scripted(further="")
    study.verdict()
    report = study.report()
    assert sum(report.base.extraction.values()) == 48
    assert "Programs were extracted by these rules: " in (study.folder.path / "report.md").read_text()
