"""A pickle of one text is read; whatever else a pickle holds or asks for is refused, and nothing is run."""

from __future__ import annotations

import base64
import contextlib
import pickle
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passgap.tasks.restricted_pickle import packed_text, pickled_text


@given(st.text(), st.integers(0, pickle.HIGHEST_PROTOCOL))
def test_a_text_comes_back(text: str, protocol: int) -> None:
    assert pickled_text(pickle.dumps(text, protocol)) == text


@given(st.binary(max_size=64))
def test_no_bytes_do_anything_but_be_refused_or_be_a_text(raw: bytes) -> None:
    with contextlib.suppress(ValueError):
        assert type(pickled_text(raw)) is str


@pytest.mark.parametrize(
    "raw", [b"cos\nsystem\n(S'exit 1'\ntR.", b"\x80\x04\x8c\x02os\x8c\x06system\x93.", b"\x80\x02\x82\x01.", b"P1\n."]
)
def test_what_would_be_imported_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError, match="not one of a text"):
        pickled_text(raw)


def test_the_message_names_what_a_pickle_asks_for() -> None:
    for raw in (b"cos\nsystem\n(S'exit 1'\ntR.", b"\x80\x04\x8c\x02os\x8c\x06system\x93)R."):
        with pytest.raises(ValueError, match=r"asks for `os\.system`"):
            pickled_text(raw)
    for other in (["x"], b"x", 1, None, {"x": "y"}, ("x", "y")):
        with pytest.raises(ValueError, match="it holds a"):
            pickled_text(pickle.dumps(other, 4))
    with pytest.raises(ValueError, match="before seeing STOP"):
        pickled_text(pickle.dumps("x")[:-1])


@pytest.mark.parametrize(
    "raw",
    [
        b"\x80\x04\x8c\x01ar\xff\xff\xff\x7f.",  # a place in the memo that would take 16 GiB before it is filled
        b"\x80\x04\x8c\x01ap2147483647\n.",
    ],
)
def test_a_pickle_gets_no_memory_that_it_asks_for(raw: bytes) -> None:
    assert pickled_text(raw) == "a"


@pytest.mark.parametrize(
    "raw",
    [
        b"\x80\x04\x8d\xff\xff\xff\xff\xff\xff\x00\x00a.",
        b"\x80\x04\x96\xff\xff\xff\xff\x0f\x00\x00\x00a.",
        b"\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\x7f\x8c\x01a",
        b"\x80\x04\x8c\x01a\x8c\x01b.",
        b"\x80\x04.",
        b"",
    ],
)
def test_a_length_that_is_not_there_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError, match="not one of a text"):
        pickled_text(raw)


def test_a_stream_that_is_cut_off_is_refused() -> None:
    whole = zlib.compress(pickle.dumps("x" * 1000))
    assert packed_text(base64.b64encode(whole).decode()) == "x" * 1000
    with pytest.raises(ValueError, match="cut off"):
        packed_text(base64.b64encode(whole[:-3]).decode())
