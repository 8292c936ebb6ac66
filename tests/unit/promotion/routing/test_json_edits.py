"""The model's name is replaced, and every other byte stays."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passgap.promotion.routing.json_edits import with_model

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)
objects = st.dictionaries(st.text(max_size=8) | st.sampled_from(["messages", "stream"]), values, max_size=6)


@given(objects, values, st.text(max_size=20), st.booleans(), st.sampled_from([None, 0, 2]))
def test_only_the_top_level_model_is_another(
    fields: dict[str, object], before: object, name: str, ascii_only: bool, indent: int | None
) -> None:
    asked = {**fields, "model": before, "inner": {"model": before}}
    text = json.dumps(asked, ensure_ascii=ascii_only, indent=indent)
    edited = with_model(text, name)
    assert json.loads(edited) == {**asked, "model": name}
    old = f'"model": {json.dumps(before, ensure_ascii=ascii_only, indent=indent)}' if indent is None else None
    if old is not None and text.count(old) == 2:
        assert edited == text.replace(old, f'"model": {json.dumps(name)}', 1)


def test_a_number_that_no_float_holds_and_odd_spaces_stay_as_they_were() -> None:
    text = '{ "seed":123456789012345678901234567890 ,"t":1.10e0,\t"model" : "a" , "x":1E400}'
    assert with_model(text, "b") == text.replace('"a"', '"b"')


def test_a_key_that_is_escaped_or_stands_twice_is_found() -> None:
    assert with_model(r'{"mod\u0065l": 1, "model": [2, {"model": 3}]}', "b") == r'{"mod\u0065l": "b", "model": "b"}'


def test_a_request_without_a_model_stays_as_it_was() -> None:
    assert with_model('{"a": {"model": 1}}', "b") == '{"a": {"model": 1}}'
    assert with_model(" {} ", "b") == " {} "


@pytest.mark.parametrize("text", ["", "[]", '"model"', "{", '{"a"}', '{"a": }', '{"a": 1', "{a: 1}", '{"a":"b'])
def test_what_is_no_object_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        with_model(text, "b")
