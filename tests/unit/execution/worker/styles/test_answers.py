"""Answers are read from what a program wrote, whatever it wrote."""

from __future__ import annotations

import contextlib
import json
import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passgap.execution.worker.styles.agreement import agrees, readable, written
from passgap.execution.worker.styles.answers import (
    SHORT_BYTES,
    Answer,
    BadAnswers,
    Number,
    Tagged,
    answers_in,
    value_in,
)

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.lists(inner, max_size=3).map(lambda held: Tagged("t", held)),
    max_leaves=8,
)


def as_json(value: object) -> object:
    if isinstance(value, Tagged):
        return {value.tag: as_json(value.value)}
    return [as_json(each) for each in value] if isinstance(value, list) else value


def frame(number: int, value: object) -> bytes:
    return f"\x1e{number}={json.dumps(as_json(value))}\n".encode()


@given(st.lists(VALUES, max_size=4), st.binary(max_size=6).filter(lambda text: b"\x1e" not in text))
def test_what_is_written_is_read_whatever_stands_between(values: list[object], noise: bytes) -> None:
    output = noise + b"".join(frame(number, value) + noise for number, value in enumerate(values))
    assert answers_in(output, len(values)) == [Answer(False, value) for value in values]


@given(st.binary(max_size=60))
def test_no_bytes_break_the_reader(output: bytes) -> None:
    with contextlib.suppress(BadAnswers):
        assert len(answers_in(b"\x1e0=" + output, 3)) <= 3


@pytest.mark.parametrize(
    ("output", "count"),
    [
        (b"\x1e1=1\n", 2),
        (b"\x1e0=1\n\x1e0=1\n", 2),
        (b"\x1e0=1\n\x1e1=1\n", 1),
        (b"\x1e0?1\n", 1),
        (b"\x1e0=NaN\n", 1),
        (b"\x1e0=1.5\n", 1),
        (b'\x1e0={"f":"1e999999999"}\n', 1),
        (b'\x1e0={"q":1}\n', 1),
        (b'\x1e0={"t":1,"s":2}\n', 1),
        (b"\x1e0=" + b"[" * 100_000 + b"]" * 100_000 + b"\n", 1),
        (b"\x1e0=" + b"9" * 100_000 + b"\n", 1),
    ],
)
def test_what_is_no_answer_is_told(output: bytes, count: int) -> None:
    with pytest.raises(BadAnswers):
        answers_in(output, count)


def test_an_answer_that_was_not_finished_is_none() -> None:
    assert answers_in(b'\x1e0=1\n\x1e1="ab', 2) == [Answer(False, 1)]
    assert answers_in(b'\x1e0!"Error"\n', 1) == [Answer(True, "Error")]


def test_an_answer_much_longer_than_the_expected_one_is_not_read_and_equals_nothing() -> None:
    expected = answers_in(b'\x1e0="' + b"a" * 5000 + b'"\n', 1)[0]
    escaped = b'\x1e0="' + b"\\u0061" * 5000 + b'"\n'
    assert answers_in(escaped, 1, [expected.longest]) == [expected]
    many = b"\x1e0=[" + b'{"f":"1e4000"},' * 100_000 + b"1]\n\x1e1=5\n"
    first, second = answers_in(many, 2, [expected.longest, SHORT_BYTES])
    assert second == Answer(False, 5)
    assert isinstance(first.value, Tagged) and first.value.tag == "x" and first.size == 1_500_003
    assert not agrees(first.value, first.value)
    assert "1500003 bytes" in readable(first.value)


@pytest.mark.parametrize(
    ("answer", "expected", "equal"),
    [
        ('{"f":"-0"}', "0", True),
        ('{"f":"1.0"}', "1", True),
        ('{"f":"NaN"}', '{"f":"nan"}', True),
        ('{"f":"Infinity"}', '{"f":"inf"}', True),
        ('{"f":"0.1"}', '{"f":"0.10000000000000001"}', False),
        ('"1"', "1", False),
        ("true", "1", False),
        ("null", "0", False),
        ('{"t":[1,2]}', "[1,2]", False),
        ('{"t":[1,2]}', '{"t":[1,2]}', True),
        ('{"s":[1,2]}', '{"s":[2,1]}', True),
        ('{"s":[1,1]}', '{"s":[2,1]}', False),
        ('{"m":[["a",1],["b",2]]}', '{"m":[["b",2],["a",1]]}', True),
        ('{"r":[["a",1]]}', '{"m":[["a",1]]}', False),
        ('{"c":"a"}', '"a"', False),
        ('{"n":"12"}', "12", False),
        ('{"x":"Function"}', '{"x":"Function"}', False),
        ('["a b"]', '["a","b"]', False),
    ],
)
def test_values_agree_by_what_they_are(answer: str, expected: str, equal: bool) -> None:
    read = [value_in(text.encode()) for text in (answer, expected)]
    assert agrees(*read) is equal
    if equal:
        assert written(read[0]) == written(read[1])


def test_a_tolerance_holds_for_the_numbers_in_a_value() -> None:
    near, exact = value_in(b'[{"f":"0.3"},"x"]'), value_in(b'[{"f":"0.30000000000000004"},"x"]')
    assert agrees(near, exact, 1e-9) and not agrees(near, exact)
    assert not agrees(Number(math.inf), Number(Fraction(1)), 1e9)


def test_an_integer_is_no_float_where_a_language_has_it_so() -> None:
    whole, floating = value_in(b"[1]"), value_in(b'[{"f":"1.0"}]')
    assert agrees(whole, floating)
    assert not agrees(whole, floating, rules=frozenset({"integers-are-no-floats"}))


def test_messages_show_values_as_people_write_them() -> None:
    value = value_in(b'{"t":[{"f":"1.5"},{"f":"2.0"},{"m":[["a",{"o":1}]]},{"c":"x"}]}')
    assert readable(value) == (1.5, 2, [("a", 1)], "x")
