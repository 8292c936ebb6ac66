"""Streams of the tests that a program may write to have an end."""

from __future__ import annotations

import errno
import io
from typing import Any

import pytest

from passgap.execution.worker.session.object_use import STREAM_LENGTH, check_room


@pytest.mark.parametrize(
    ("operands", "fits"),
    [
        (["x" * 10], True),
        (["x" * 11], False),
        ([["x" * 5, "x" * 5]], True),
        ([["x" * 5, "x" * 6]], False),
        ([STREAM_LENGTH], True),
        ([STREAM_LENGTH + 1], False),
        ([0, 2], True),
    ],
    ids=["one text", "one text too long", "lines", "lines too long", "a place", "a place beyond the end", "seek"],
)
def test_a_stream_is_written_up_to_its_length(operands: list[Any], fits: bool) -> None:
    stream = io.StringIO()
    stream.seek(STREAM_LENGTH - 10)
    if fits:
        check_room(stream, operands)
        return
    with pytest.raises(OSError, match="No space") as caught:
        check_room(stream, operands)
    assert caught.value.errno == errno.ENOSPC


def test_bytes_count_as_text_does() -> None:
    stream = io.BytesIO()
    stream.seek(STREAM_LENGTH - 3)
    check_room(stream, [b"abc"])
    with pytest.raises(OSError, match="No space"):
        check_room(stream, [bytearray(b"abcd")])
