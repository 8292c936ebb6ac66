"""Programs as grammars and as a language's own rules read them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passgap.languages import LANGUAGES, RULES, Language
from passgap.languages.common import trees

PROGRAMS = {
    "javascript": "/** Adds. */\nexport function add(a, b) {\n  // both\n  return a + b;\n}\nconst none = (x) => {};\n",
    "typescript": "/** Adds. */\nexport function add(a: number): number {\n  // x\n  return a;\n}\n"
    "class A { none(): void {} }\n",
    "go": "package main\n\n// add adds.\nfunc add(a int) int {\n\t/* x */\n\treturn a\n}\n\nfunc (t *T) none() {}\n",
    "rust": "/// Adds.\npub fn add<T>(a: T) -> T {\n    // x\n    a\n}\nimpl A { fn none(&self) {} }\n",
    "cpp": "/// Adds.\ntemplate <class T> T add(T a) {\n  // x\n  return a;\n}\nvoid A::none() {}\n",
    "java": "class A {\n"
    "    /** Adds. */\n    static int add(int a) {\n        // x\n        return a;\n    }\n    void none() {}\n}\n",
    "bash": "# Adds.\nadd() {\n    # x\n    echo $(($1 + $2))\n}\nfunction none {\n    :\n}\n",
    "ruby": "# Adds.\ndef add(a)\n  # x\n  a + 1\nend\n\ndef none(b)\nend\n",
    "csharp": "class A {\n"
    "    /// Adds.\n    static int add(int a) {\n        // x\n        return a;\n    }\n    void none() {}\n}\n",
    "php": "<?php\n/** Adds. */\nfunction add($a) {\n    // x\n    return $a;\n}\nfunction none() {}\n",
}


def installed(name: str) -> Language:
    language = LANGUAGES[name]
    assert language.grammar is not None
    if language.reader == RULES:
        pytest.skip(f"{language.grammar.package} is not installed")
    return language


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_grammar_finds_functions_comments_and_errors(name: str) -> None:
    language, program = installed(name), PROGRAMS[name]
    read = language.syntax(program)
    add, none = read.functions
    assert (add.name.rpartition(":")[2], none.name.rpartition(":")[2]) == ("add", "none")
    assert (add.empty, none.empty) == (False, True)
    assert (add.documented, none.documented) == (True, False)
    assert "add" in add.head and "return" not in add.head
    lines = program.splitlines()
    assert "add" in lines[add.lines.start] and lines[add.lines.stop - 1].strip() in ("}", "end")
    assert len(read.comments) == 2
    assert read.errors == 0
    assert "Adds" not in read.without_comments
    assert read.without_comments.count("\n") == program.count("\n")
    assert read.reader == language.reader != RULES
    assert language.syntax(program.replace("none", "none((", 1)).errors > 0


@pytest.mark.parametrize("name", PROGRAMS)
def test_without_the_grammar_the_rules_read_the_same_program(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trees, "reader_of", lambda grammar: None)
    trees.read_by.cache_clear()
    read = LANGUAGES[name].syntax(PROGRAMS[name])
    trees.read_by.cache_clear()
    assert read.reader == RULES
    assert {each.name for each in read.functions} >= {"add"}
    assert len(read.comments) == 2
    assert "Adds" not in read.without_comments
    assert read.errors == 0


def test_python_is_read_by_its_own_parser() -> None:
    read = LANGUAGES["python"].syntax(
        'def add(a):\n    """Adds."""\n    # x\n    return a\n\n\ndef none():\n    pass\n'
    )
    assert [(each.name, each.empty, each.documented) for each in read.functions] == [
        ("add", False, True),
        ("none", True, False),
    ]
    assert read.functions[0].lines == range(4)
    assert read.functions[0].head == "def add(a):\n"
    assert read.comments == ("# x",)
    assert read.without_comments.splitlines()[2].strip() == ""
    assert read.identifiers.count("a") == 2
    assert LANGUAGES["python"].syntax("def (").errors == 1
    assert LANGUAGES["python"].syntax('x = "# y"  # y\n').without_comments == 'x = "# y"  \n'


@settings(max_examples=20, deadline=None)
@given(st.text(max_size=80), st.sampled_from(sorted(PROGRAMS)))
def test_no_text_makes_a_reader_raise(text: str, name: str) -> None:
    LANGUAGES[name].syntax(text)
    LANGUAGES[name].syntax(PROGRAMS[name][: len(text)] + text)
