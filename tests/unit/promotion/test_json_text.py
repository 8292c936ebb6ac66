"""The quick parser gives what Python's gives, for everything that clients and servers write."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from passgap.promotion.json_text import parsed
from passgap.promotion.routing.json_edits import with_model

TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=6)  # type: ignore[arg-type]

DOCUMENT = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT | st.just("model"), inner, max_size=3),
    max_leaves=6,
)


def by_python(data: bytes) -> Any:
    try:
        return json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError):
        return None


@given(document=DOCUMENT, ascii_only=st.booleans())
def test_a_document_is_read_as_it_was_meant(document: Any, ascii_only: bool) -> None:
    data = json.dumps(document, ensure_ascii=ascii_only).encode("utf-8", "replace")
    assert parsed(data) == by_python(data)


FRAGMENTS = st.sampled_from(
    [
        *(
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            '"a"',
            '"model"',
            "1",
            "-0",
            "1e9",
            "1E+2",
            "01",
            ".5",
            "NaN",
            "-Infinity",
            "true",
        ),
        *(
            "nul",
            "null",
            " ",
            "\t",
            "\n",
            "\v",
            "\ufeff",
            "\\",
            '"\\ud83d\\ude00"',
            '"\\ud800"',
            '"\t"',
            '"\\x"',
            "'a'",
        ),
        "9" * 40,
    ]
)


@given(pieces=st.lists(FRAGMENTS, max_size=9))
@example(pieces=['{"a":1,"a":2}'])
@example(pieces=["[" * 100_000])
@example(pieces=["[" * 300, "]" * 300])
@example(pieces=['{"model": "a" , "model": "b"}'])
def test_what_is_taken_for_a_document_is_one_and_can_be_edited(pieces: list[str]) -> None:
    text = "".join(pieces)
    found = parsed(text.encode())
    assert json.dumps(found) == json.dumps(by_python(text.encode())), "NaN is no number, so that texts are compared"
    if isinstance(found, dict):
        assert json.loads(with_model(text, "other")) == {**found, **({"model": "other"} if "model" in found else {})}


@given(data=st.binary(max_size=20))
def test_bytes_that_are_no_text_are_no_document(data: bytes) -> None:
    assert json.dumps(parsed(data)) == json.dumps(by_python(data))
