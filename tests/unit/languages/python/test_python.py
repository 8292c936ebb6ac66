"""Python, read without being run."""

from __future__ import annotations

import pytest
from tests.stubs import PROGRAMS, STUBS

from passgap.languages import LANGUAGES

PYTHON = LANGUAGES["python"]


@pytest.mark.parametrize(
    ("program", "stub"), [*((each, True) for each in STUBS), *((each, False) for each in PROGRAMS)]
)
def test_a_stub_is_a_single_line_or_has_empty_functions_alone(program: str, stub: bool) -> None:
    assert PYTHON.is_stub(program) is stub


@pytest.mark.filterwarnings("error")
def test_no_warning_about_a_program_is_shown() -> None:
    program = "def f(x):\n    return '\\d' is 1\n"
    assert PYTHON.parse(program) is not None
    assert not PYTHON.is_stub(program)
    assert PYTHON.size(program) == 9
    assert PYTHON.normal_form(program) != PYTHON.normal_form(PROGRAMS[0])


@pytest.mark.parametrize(
    ("program", "comments", "documented"),
    [
        ("x = 1", (), False),
        ("x = 1  # one", ("# one",), False),
        ("x = '# no comment'", (), False),
        ("def f():\n    '''Says what.'''\n    return 1", (), True),
        ("class A:\n    '''A.'''\n", (), True),
        ("def f(:\n    '''Broken.'''\n    # why", ("# why",), True),
        ("x = (  # one\n# two\n", ("# one", "# two"), False),
        ("'''A module.'''\nx = 1", (), False),
    ],
)
def test_comments_and_docstrings_are_seen(program: str, comments: tuple[str, ...], documented: bool) -> None:
    assert PYTHON.comments(program) == comments
    assert PYTHON.documented(program) is documented


@pytest.mark.parametrize(
    "same",
    [
        "def f(x):\n    return x+1\n",
        "def f(x):  # adds\n\n    return (x + 1)\n",
        "    def f(x):\n        return x + 1\n",
    ],
)
def test_the_normal_form_leaves_out_layout(same: str) -> None:
    assert PYTHON.normal_form(same) == PYTHON.normal_form("def f(x):\n    '''Add.'''\n    return x + 1")


def test_a_tree_too_deep_to_write_down_is_compared_by_its_words() -> None:
    deep = "x = " + "-" * 900 + "1"
    assert PYTHON.normal_form(deep) == deep or "UnaryOp" in PYTHON.normal_form(deep)


def test_statements_have_their_text_with_decorators_and_what_they_bind_and_read() -> None:
    program = PYTHON.parse("from m import *\nimport math as m\n\n@cache\ndef f(x):\n    return helper(x) + len(x)\n")
    assert program is not None
    star, module, function = program.statements
    assert star.binds_unnamed and star.imports and not star.binds
    assert module.imports and module.binds == {"m"}
    assert (function.line, function.text) == (3, "@cache\ndef f(x):\n    return helper(x) + len(x)\n")
    assert function.binds == {"f"} and function.reads == {"cache", "helper"}
    assert program.reads == {"cache", "helper"}


@pytest.mark.parametrize(
    ("word", "label", "session"),
    [
        ("Python3", True, False),
        ("py", True, False),
        ("a.py", True, False),
        ("pycon", False, True),
        ("js", False, False),
    ],
)
def test_labels_of_fences(word: str, label: bool, session: bool) -> None:
    assert (PYTHON.is_label(word), PYTHON.is_session_label(word)) == (label, session)


def test_a_body_goes_below_its_head_with_or_without_its_indentation() -> None:
    head = "def f(x):\n"
    for text in ("    return x\n", "return x"):
        assert PYTHON.as_body(text, head) == "def f(x):\n    return x\n"
    assert PYTHON.as_body("  \n", head) is None
    assert PYTHON.as_body("nothing (", head) is None


@pytest.mark.parametrize(
    ("prompt", "name", "begins"),
    [("def f(x):\n", "f", True), ("def f(x):\n", None, True), ("def f(x):\n", "g", False), ("Add one.", "f", False)],
)
def test_a_prompt_that_lacks_a_body_begins_a_function(prompt: str, name: str | None, begins: bool) -> None:
    assert PYTHON.begins_function(prompt, name) is begins


def test_a_file_of_tests_names_what_it_takes_from_the_program() -> None:
    code = "import solution\nfrom solution import f, g\n\ndef test():\n    assert f(solution.h) == other.k\n"
    assert PYTHON.imported_from(code, "solution") == {"f", "g", "h"}
