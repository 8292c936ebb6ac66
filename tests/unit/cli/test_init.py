"""``passgap init --ask``: an interview in a real terminal."""

from __future__ import annotations

import os
from pathlib import Path

import yaml

from command_line import invoke
from passgap.spec.questions import questions
from passgap.spec.template import study_template
from passgap.study.checking import parse_study
from terminals import in_terminal

TEMPLATE = yaml.safe_load(study_template("asked"))


def answer_to(field: str) -> str:
    """The template's value of a field, as a person would type it."""
    value = TEMPLATE
    for each in field.split("."):
        value = value[each]
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


OTHERWISE = {"name": "", "model.licence": "\nApache-2.0", "budget.device": "tpu\ncpu", "diagnostics.k": "[1, 4, 8, 16]"}
"""Answers that are typed otherwise: taken as offered, empty at first, wrong at first, as a list."""


def test_the_interview_writes_a_study_that_check_accepts(tmp_path: Path) -> None:
    folder = tmp_path / "asked"
    required = {each.field for each in questions()}
    with in_terminal("init", str(folder), "--ask") as terminal:
        terminal.wait_for("questions.")
        for field in ORDER:
            typed = OTHERWISE.get(field, answer_to(field) if field in required | SPLITS else "")
            terminal.type(f"{typed}\n")
        code = terminal.end()
    assert code == 0, terminal.everything
    assert "which is valid" in " ".join(terminal.everything.split())
    assert "There is no default" in terminal.everything and "It should be 'cpu' or 'gpu'" in terminal.everything
    written = parse_study((folder / "study.yaml").read_text()).spec
    expected = parse_study(study_template("asked")).spec
    assert written.name == "asked" and written.budget == expected.budget and written.diagnostics.k == (1, 4, 8, 16)
    assert written.heldout == expected.heldout and written.pool == expected.pool
    assert invoke("check", str(folder)).code == 0


SPLITS = {"heldout.split", "pool.split"}
DEFAULTS = {
    "model": ["model.chat"],
    "heldout": ["heldout.split", "heldout.path"],
    "pool": ["pool.split", "pool.path"],
}
SECTIONS = list(dict.fromkeys(each.field.partition(".")[0] for each in questions()))
ORDER = [
    *(
        field
        for section in SECTIONS
        for field in [
            *(each.field for each in questions() if each.field.partition(".")[0] == section),
            *DEFAULTS.get(section, []),
        ]
    ),
    *("alternatives.curated_examples", "alternatives.preference_pairs"),
    *("alternatives.documents", "alternatives.verifier"),
]
"""The fields in the order in which they are asked."""


def test_an_interview_that_is_broken_off_writes_the_answers_and_names_what_is_missing(tmp_path: Path) -> None:
    folder = tmp_path / "broken"
    with in_terminal("init", str(folder), "--ask") as terminal:
        terminal.wait_for("name [broken]:")
        terminal.type("mine\n")
        terminal.wait_for("model.id:")
        terminal.type("-\n")
        terminal.wait_for("model.name:")
        terminal.type("\x03")
        code = terminal.end()
    assert code == 2
    said = " ".join(terminal.everything.split())
    assert "is written, and not complete yet" in said and "model.licence: missing" in said and "Traceback" not in said
    assert yaml.safe_load((folder / "study.yaml").read_text()) == {"name": "mine"}


def test_an_answer_can_be_corrected_and_what_no_person_typed_is_asked_again(tmp_path: Path) -> None:
    folder = tmp_path / "corrected"
    with in_terminal("init", str(folder), "--ask") as terminal:
        terminal.wait_for("name [corrected]:")
        terminal.type("<\nwrong\n")  # before the first question there is none
        terminal.wait_for("model.id:")
        terminal.type("<\nright\n")
        terminal.wait_for("model.id: ")
        terminal.type("embed\x1b[D\n")
        terminal.wait_for("holds a control character")
        os.write(terminal._master, b"caf\xe9\n")
        terminal.type("embedded\n")
        terminal.wait_for("model.name:")
        terminal.type("<\n-\n")
        terminal.wait_for("model.name:", times=2)
        terminal.type("\x03")
        assert terminal.end() == 2
    said = terminal.everything
    assert "Traceback" not in said and " ".join(said.split()).count("or is no UTF-8") == 2
    assert yaml.safe_load((folder / "study.yaml").read_text()) == {"name": "right"}


def test_without_a_terminal_nothing_is_asked(tmp_path: Path) -> None:
    refused = invoke("init", str(tmp_path / "s"), "--ask")
    assert refused.code == 2 and "no terminal" in refused.stderr
    assert not (tmp_path / "s").exists()
