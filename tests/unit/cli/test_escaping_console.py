"""Output to a terminal: no text of a user, a model or a file steers it, and JSON stays one document."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from rich.panel import Panel
from rich.table import Table
from rich.text import Text
from tests.command_line import invoke

from passgap.cli.escaping_console import EscapingConsole, escaped
from passgap.spec.template import study_template

HOSTILE = "a\x1b[2J\x1b]0;owned\x07b\x9b31m\u202ec\x7f\u2028d"


def rendered(renderable: object) -> str:
    console = EscapingConsole(stderr=False)
    console.file = io.StringIO()
    console.print(renderable)
    return console.file.getvalue()


def table() -> Table:
    shown = Table(HOSTILE, title=HOSTILE)
    shown.add_row(HOSTILE)
    return shown


@pytest.mark.parametrize("renderable", [HOSTILE, Text(HOSTILE), Panel(Text(HOSTILE)), table(), {"key": HOSTILE}])
def test_control_characters_are_shown_and_not_sent(renderable: object) -> None:
    said = rendered(renderable)
    assert not set(said) & set("\x1b\x07\x9b\u202e\x7f\u2028")
    assert "\\x1b" in said


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs", "Mn"])))
def test_text_without_control_characters_is_as_it_was(text: str) -> None:
    assert escaped(text) == text


@given(st.text())
def test_an_escaped_text_can_be_written_and_escapes_to_itself(text: str) -> None:
    once = escaped(text)
    once.encode()
    assert escaped(once) == once
    assert all(each in "\n\t" or ord(each) >= 0x20 for each in once)


def test_brackets_in_a_text_are_no_markup() -> None:
    shown = Table("slice")
    shown.add_row("[/red] [bold]x[/]")
    assert "[/red] [bold]x[/]" in rendered(shown)


def study_named(name: str, folder: Path) -> Path:
    declared = yaml.safe_load(study_template("x"))
    (folder / "study.yaml").write_text(yaml.safe_dump({**declared, "name": name}))
    return folder


def test_a_check_shows_a_hostile_name_on_one_line(tmp_path: Path) -> None:
    said = invoke("check", str(study_named("a\x1b[31m\nvalid [/] b", tmp_path)))
    assert said.code == 0
    assert "\x1b[31m" not in said.stdout
    assert "a\\x1b[31m valid [/] b, digest" in said.stdout.splitlines()[0] + said.stdout.splitlines()[1]


def test_json_holds_a_hostile_name_unchanged_and_no_control_character(tmp_path: Path) -> None:
    said = invoke("check", str(study_named(HOSTILE, tmp_path)), "--json")
    assert json.loads(said.stdout)["study"] == HOSTILE
    assert not [each for each in said.stdout if not each.isprintable() and each != "\n"]


REFUSED = {
    "check": ["{folder}"],
    "run": ["{folder}"],
    "verdict": ["{folder}"],
    "report": ["{folder}"],
    "gate": ["{folder}"],
    "plan": ["{folder}"],
    "sample": ["{folder}"],
    "register": ["{folder}"],
    "train": ["{folder}"],
    "evaluate": ["{folder}"],
    "estimate": ["{folder}/none.jsonl"],
    "compare": ["{folder}/none.jsonl", "{folder}/none.jsonl"],
    "execute": ["{folder}/none.jsonl"],
    "score": ["{folder}/none.jsonl", "--tasks", "nosuch", "--out", "{folder}/out.jsonl"],
    "tasks show": ["nosuch"],
    "tasks contamination": ["{folder}"],
}


@pytest.mark.parametrize("verb", REFUSED)
def test_a_refusal_is_one_json_document_where_json_was_asked_for(verb: str, tmp_path: Path) -> None:
    arguments = [each.format(folder=tmp_path) for each in REFUSED[verb]]
    refused = invoke(*verb.split(), *arguments, "--json")
    assert refused.code == 2
    document = json.loads(refused.stdout)
    assert set(document) == {"refused", "problems"}
    assert document["refused"] and all(isinstance(each, str) for each in document["problems"])
    as_text = invoke(*verb.split(), *arguments)
    assert as_text.code == 2 and as_text.stdout == "" and "passgap:" in as_text.stderr


@pytest.mark.parametrize("arguments", [("check", "--nonsense", "--json"), ("estimate", "--json"), ("nosuch", "--json")])
def test_arguments_that_cannot_be_read_are_a_json_document_too(arguments: tuple[str, ...]) -> None:
    refused = invoke(*arguments)
    assert refused.code == 2
    assert json.loads(refused.stdout)["problems"]


def test_a_wrong_option_is_told_with_the_usage_and_without_control_characters() -> None:
    refused = invoke("check", "--non\x1b[31msense")
    assert refused.code == 2 and refused.stdout == ""
    assert "Usage: passgap check" in refused.stderr and "\\x1b" in refused.stderr


def test_a_command_group_without_a_command_is_its_help() -> None:
    said = invoke("tasks")
    assert said.code == 2
    assert "contamination" in said.stdout + said.stderr and "Traceback" not in said.stderr


@pytest.mark.parametrize("options", [(), pytest.param(("--json",), marks=pytest.mark.slow)])
def test_an_output_that_is_read_in_part_is_no_interrupt(options: tuple[str, ...], tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        ended = subprocess.run(
            [sys.executable, "-m", "passgap", "check", str(study_named("x", tmp_path)), *options],
            stdout=writing,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    finally:
        os.close(writing)
    assert (ended.returncode, ended.stderr) == (0, "")
