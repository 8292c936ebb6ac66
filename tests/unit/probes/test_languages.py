"""The probes of style and syntax in languages other than Python, by grammars and by rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from passgap.estimates import counts_from_columns
from passgap.languages import LANGUAGES, RULES
from passgap.probes import (
    PROBES,
    Answer,
    BatteryOutcome,
    ModelSamples,
    ProbeStatus,
    Settings,
    battery_of_study,
    run_battery,
)

PROMPTS = 60
STYLE = ("comments", "docstrings", "annotations", "naming", "layout")

TYPESCRIPT = (
    "/** Adds two numbers. */\n"
    "export function add(first: number, second: number): number {\n"
    '  const url = "http://example.org"; // of nobody\n'
    "\n"
    "  return first + second + url.length;\n"
    "}\n"
)
PLAIN = {
    "comments": TYPESCRIPT.replace("/** Adds two numbers. */\n", "").replace(" // of nobody", ""),
    "docstrings": TYPESCRIPT.replace("/** Adds", "/* Adds"),
    "annotations": TYPESCRIPT.replace(": number", ""),
    "naming": TYPESCRIPT.replace("first", "a").replace("second", "b").replace("url", "c"),
    "layout": TYPESCRIPT.replace("\n\n", "\n"),
}
"""The same program with one habit changed, by the probe that should see it."""


def readers(name: str) -> list[str]:
    return sorted({RULES, LANGUAGES[name].reader})


def model(programs: Sequence[str], language: str, reader: str | None, *, heldout: bool = False) -> ModelSamples:
    answers = {
        f"style/{number}": tuple(
            Answer(text=each, code=each, tokens=40, truncated=False, language=language, read_by=reader)
            for each in programs
        )
        for number in range(PROMPTS)
    }
    counts = counts_from_columns(list(answers), [len(programs)] * PROMPTS, [0] * PROMPTS)
    return ModelSamples(
        heldout=answers if heldout else {}, counts=counts, prompted={} if heldout else {("style", "plain"): answers}
    )


def compared(base: ModelSamples, tuned: ModelSamples, probes: Sequence[str]) -> BatteryOutcome:
    return run_battery(arm="a", base=base, tuned=tuned, tolerances={}, largest_k=1, level=0.95, probes=probes)


@pytest.mark.parametrize("changed", STYLE)
@pytest.mark.parametrize("reader", readers("typescript"))
def test_each_probe_of_style_sees_its_own_change_alone(changed: str, reader: str) -> None:
    sides = (model([text], "typescript", reader) for text in (TYPESCRIPT, PLAIN[changed]))
    found = compared(*sides, STYLE)
    alerting = {each.probe for each in found.alerts}
    assert alerting == ({"comments", "docstrings"} if changed == "comments" else {changed})
    told = "its own rules" if reader == RULES else reader
    assert all(each.note == f"TypeScript is read by {told}" for each in found.outcomes)


BROKEN: dict[str, Callable[[str], str]] = {
    "a bracket that nothing closes": lambda text: text.replace("(", "((", 1),
    "a block that nothing closes": lambda text: text.rstrip().removesuffix("}").removesuffix("end"),
    "a text that nothing closes": lambda text: "\n".join([*text.split("\n")[:-3], 'x = "open', *text.split("\n")[-3:]]),
    "words of an apology": lambda text: "I'm sorry, I cannot help with that request.\n",
}
WHOLE = {
    "javascript": "function add(a, b) {\n  return a + b;\n}\n",
    "typescript": "function add(a: number): number {\n  return a;\n}\n",
    "go": "package main\n\nfunc add(a int) int {\n\treturn a\n}\n",
    "rust": "fn add(a: i32) -> i32 {\n    a\n}\n",
    "cpp": "int add(int a) {\n  return a;\n}\n",
    "java": "class Main {\n  static int add(int a) {\n    return a;\n  }\n}\n",
    "bash": "add() {\n  echo $(($1 + $2))\n}\n",
    "ruby": "def add(a)\n  a + (1)\nend\n",
    "csharp": "class A {\n  static int Add(int a) {\n    return a;\n  }\n}\n",
    "php": "<?php\nfunction add($a) {\n    return $a;\n}\n",
}


@pytest.mark.parametrize("fault", BROKEN)
@pytest.mark.parametrize("name", WHOLE)
def test_code_that_does_not_parse_is_seen_in_every_language(name: str, fault: str) -> None:
    whole = WHOLE[name]
    for reader in readers(name):
        sides = (model([text], name, reader, heldout=True) for text in (whole, BROKEN[fault](whole)))
        [found] = compared(*sides, ["syntax"]).outcomes
        assert (found.base.value, found.tuned.value) == (1.0, 0.0), reader  # type: ignore[union-attr]
        assert found.status is ProbeStatus.ALERT


def test_a_reader_that_is_not_here_leaves_its_probes_insufficient_and_names_it() -> None:
    sides = model([TYPESCRIPT], "typescript", "tree-sitter-typescript 0.0.1")
    for each in compared(sides, sides, STYLE).outcomes:
        assert each.status is ProbeStatus.INSUFFICIENT
        assert "tree-sitter-typescript==0.0.1" in each.drift.insufficient  # type: ignore[union-attr]
    assert (
        PROBES["comments"].compare(sides, sides, Settings(tolerance=0.1, level=0.95, largest_k=1)).status
        is ProbeStatus.INSUFFICIENT
    )


def test_in_an_earlier_edition_probes_read_as_they_did() -> None:
    script = "#!/bin/bash\necho x\n"
    before, now = (model([script], "bash", reader) for reader in (None, RULES))
    [old] = compared(before, before, ["comments"]).outcomes
    [new] = compared(now, now, ["comments"]).outcomes
    assert old.base.value == 1.0, "the line that names the interpreter counted as a comment"  # type: ignore[union-attr]
    assert new.base.value == 0.0  # type: ignore[union-attr]
    assert old.note == ""


@pytest.mark.parametrize(("language", "has"), [("python", True), ("typescript", True), ("php", True), ("go", False)])
def test_types_are_a_habit_where_they_may_be_left_out(language: str, has: bool) -> None:
    assert ("annotations" in battery_of_study({}, language)) is has


def test_types_of_php_are_found_by_both_readers() -> None:
    for reader in readers("php"):
        typed, plain = (
            model([f"<?php\nfunction f({head} {{ return 1; }}\n"], "php", reader)
            for head in ("?int $a = 1)", "$a = A::B)")
        )
        [found] = compared(plain, typed, ["annotations"]).outcomes
        assert (found.base.value, found.tuned.value) == (0.0, 1.0)  # type: ignore[union-attr]
