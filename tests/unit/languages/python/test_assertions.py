"""Test code is taken apart statement by statement, each with its own text."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passgap.languages.python.assertions import assertions_of

STATEMENTS = [
    "assert f(1) == 2",
    "assert f('ä €') == '\\x0c', 'naïve'",
    "assert f(\n    'two',\n    'lines',\n) == 3",
    "assert f('''a\n  b''') == 'é'; assert g(2)",
    "assert f('\x0c') == '\u2028'",
]
SETUP = ["import math", "x = 1; y = 'ß'", "@cache\ndef helper(n):\n    return n\n", "class Node:\n    pass"]


@given(
    st.lists(st.sampled_from(SETUP), max_size=3),
    st.lists(st.sampled_from(STATEMENTS), min_size=1, max_size=4),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_statements_have_the_text_that_the_parser_gives_them(setup: list[str], tests: list[str], newline: str) -> None:
    code = "\n".join([*setup, *tests]).replace("\n", newline)
    taken = assertions_of(code)
    assert taken is not None
    asserts = [node for node in ast.parse(code).body if isinstance(node, ast.Assert)]
    wanted = [ast.get_source_segment(code, node) for node in asserts]
    assert [ast.dump(ast.parse(each)) for each in taken.statements] == [
        ast.dump(ast.parse(each)) for each in wanted if each is not None
    ]
    assert [each.split() for each in taken.statements] == [(each or "").split() for each in wanted]
    assert ("@cache" in taken.setup) == any("@cache" in each for each in setup)


@pytest.mark.parametrize(
    "code", ["", "x = 1", "assert f(1)\nx = 2", "def check(f):\n    assert f(1)\nassert f(2)", "assert f(1,, 2)"]
)
def test_other_tests_are_not_taken_apart(code: str) -> None:
    assert assertions_of(code) is None
