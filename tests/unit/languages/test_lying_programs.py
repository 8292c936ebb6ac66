"""Valid programs that lie: what looks like a comment, a bracket or the end of a string in them is none, or is one.

``lying_programs.jsonl`` has each with its comments in order, and the names of its functions that have a body. Grammars
and the languages' own rules are held to the same.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from passgap.languages import LANGUAGES, RULES, ProgramSyntax

ROWS = [json.loads(line) for line in Path(__file__).with_suffix(".jsonl").with_stem("lying_programs").open()]
LIES = [*ROWS, *({**each, "language": "typescript"} for each in ROWS if each["language"] == "javascript")]


def named(lie: dict[str, Any]) -> str:
    return f"{lie['language']}: {lie['about']}"


def check(read: ProgramSyntax, lie: dict[str, Any]) -> None:
    assert read.comments == tuple(lie["comments"])
    assert sorted(each.name for each in read.functions) == sorted(lie["functions"])
    assert read.errors == 0
    program = lie["program"]
    assert read.without_comments.count("\n") == program.count("\n")
    apart, at = "", 0
    for comment in read.comments:
        found = program.index(comment, at)
        apart, at = apart + program[at:found] + " ", found + len(comment)
    assert read.without_comments.split() == (apart + program[at:]).split()


@pytest.mark.parametrize("lie", LIES, ids=named)
def test_rules_are_not_taken_in(lie: dict[str, Any]) -> None:
    check(LANGUAGES[lie["language"]].read_by_rules(lie["program"]), lie)


@pytest.mark.parametrize("lie", LIES, ids=named)
def test_a_grammar_is_not_taken_in(lie: dict[str, Any]) -> None:
    language = LANGUAGES[lie["language"]]
    if language.reader == RULES:
        pytest.skip("no grammar is installed: pip install 'passgap[trees]'")
    check(language.syntax(lie["program"]), lie)


def test_every_language_lies() -> None:
    assert {each["language"] for each in LIES} == set(LANGUAGES.names()) - {"python"}
