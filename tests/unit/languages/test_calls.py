"""Calls in test code, and calls like them."""

from __future__ import annotations

import ast

from hypothesis import given, settings
from hypothesis import strategies as st

from passgap.languages.python.calls import LARGEST, calls_of, mutations_of


def test_the_outermost_calls_of_the_function_are_found_once_each() -> None:
    code = "assert f(1, b='x') == g(2)\nassert f(f(3)) == 1\nassert set(f(1, b='x')) == {1}\nassert h.f(4)\n"
    assert calls_of(code, "f") == ("f(1, b='x')", "f(f(3))")
    assert calls_of("assert f(:", "f") == () and calls_of(code, "k") == ()


def test_one_argument_is_changed_by_the_rule_of_its_type() -> None:
    assert list(mutations_of("f(2, x)")) == ["f(3, x)", "f(1, x)", "f(-2, x)", "f(0, x)"]
    assert list(mutations_of("f(True)")) == ["f(False)"]
    assert list(mutations_of("f('ab')")) == ["f('ba')", "f('a')", "f('b')", "f('abab')", "f('')"]
    assert "f([3, 1])" in set(mutations_of("f([2, 1])")) and "f((1, 2))" in set(mutations_of("f((2, 1))"))
    assert list(mutations_of("f({'a': 1, 'b': 2})")) == ["f({'b': 2})"]
    assert list(mutations_of("f({1, 2})")) == ["f({2})"]
    for none in ("f(x)", "f()", "f(*[1])", "f(g(1))", "x", "f(", "f(None)"):
        assert list(mutations_of(none)) == []


literals = st.recursive(
    st.integers(-50, 50) | st.booleans() | st.text("abc", max_size=5) | st.floats(-5, 5) | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.tuples(inner, inner) | st.dictionaries(st.integers(0, 5), inner),
    max_leaves=8,
)


@settings(max_examples=60)
@given(st.lists(literals, min_size=1, max_size=3))
def test_mutations_are_distinct_calls_that_differ_in_one_argument(arguments: list[object]) -> None:
    call = ast.unparse(ast.parse(f"f({', '.join(map(repr, arguments))})"))
    changed = list(mutations_of(call))
    assert len(set(changed)) == len(changed) and call not in changed
    before = [ast.unparse(each) for each in ast.parse(call, mode="eval").body.args]  # type: ignore[attr-defined]
    for text in changed:
        after = [ast.unparse(each) for each in ast.parse(text, mode="eval").body.args]  # type: ignore[attr-defined]
        assert sum(one != other for one, other in zip(before, after, strict=True)) == 1


def test_an_input_that_is_doubled_stays_small() -> None:
    long = "f(" + repr("a" * LARGEST) + ")"
    assert max(map(len, mutations_of(long))) <= len(long)
