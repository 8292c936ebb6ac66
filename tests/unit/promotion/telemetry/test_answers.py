"""The facts that telemetry reads from an answer do not depend on how the bytes were cut or how lines end."""

from __future__ import annotations

import gzip
import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passgap.promotion.telemetry.answers import AnswerFacts, AnswerReader, EventReader

JUNK = st.sampled_from(
    [
        b": a comment\n\n",
        b"event: ping\n\n",
        b"id: 7\nretry: 3\n\n",
        b"\n\n\n",
        b"data: {broken\n\n",
        b"data: [1, 2]\n\n",
    ]
)


def event(**fields: Any) -> bytes:
    return b"data: " + json.dumps(fields).encode() + b"\n\n"


def delta(text: str, reason: str | None = None, **more: Any) -> bytes:
    return event(choices=[{"index": 0, "delta": {"content": text}, "finish_reason": reason}], **more)


STREAM = b"".join(
    (
        delta(""),
        b": keep-alive\n\n",
        b'event: message\ndata: {"choices": [{"index": 0,\ndata:  "delta": {"content": "de"}, "new": 1}]}\n\n',
        delta("f add"),
        delta("", "length"),
        event(choices=[], usage={"prompt_tokens": 7, "completion_tokens": 9}),
        b"data:[DONE]\n\n",
    )
)


def read(parts: list[bytes], *, events: bool = True, encoding: str = "", keep: int = 100) -> tuple[AnswerFacts, bool]:
    reader = AnswerReader(events=events, encoding=encoding, keep=keep)
    at = 0
    for part in parts:
        at += len(part)
        reader.feed(part, float(at))
    return reader.end(float(at)), reader.done


def whole() -> AnswerFacts:
    return AnswerFacts(
        prompt_tokens=7, completion_tokens=9, finish_reason="length", text="def add", well_formed=True, first_token=0.0
    )


@pytest.mark.parametrize("ending", [b"\n", b"\r", b"\r\n"])
def test_a_stream_is_read_alike_wherever_it_is_cut_and_however_its_lines_end(ending: bytes) -> None:
    stream = STREAM.replace(b"\n", ending)
    first_text = stream.index(b'"de"') + len(b'"de"')
    for parts in (
        [stream],
        [stream[at : at + 1] for at in range(len(stream))],
        *([stream[:cut], stream[cut:]] for cut in range(len(stream) + 1)),
    ):
        facts, done = read(parts)
        assert done
        assert facts.first_token is not None and facts.first_token >= first_text
        facts.first_token = 0.0
        assert facts == whole()
    single, _ = read([stream[at : at + 1] for at in range(len(stream))])
    # The CR of a CRLF ends the line: its LF is not waited for.
    assert single.first_token == stream.index(ending * 2, first_text) + len(ending) + 1


@given(st.lists(JUNK, max_size=6), st.lists(JUNK, max_size=6), st.lists(st.integers(0, 2000), max_size=8))
def test_comments_other_events_and_broken_ones_change_nothing(
    before: list[bytes], between: list[bytes], cuts: list[int]
) -> None:
    stream = b"".join((*before, delta("x"), *between, delta("", "stop"), b"data: [DONE]\n\n"))
    marks = sorted({0, len(stream), *(cut % (len(stream) + 1) for cut in cuts)})
    facts, done = read([stream[a:b] for a, b in pairwise(marks)])
    assert (facts.text, facts.finish_reason, done, facts.well_formed) == ("x", "stop", True, True)


@given(st.binary(max_size=300), st.booleans(), st.sampled_from(["", "gzip", "br"]))
def test_no_bytes_are_too_odd(data: bytes, events: bool, encoding: str) -> None:
    read([data[:7], data[7:]], events=events, encoding=encoding)


@given(st.lists(st.text(max_size=30).map(lambda text: text.replace("\n", " ").replace("\r", " ")), max_size=8))
def test_the_data_of_events_comes_back_whole(texts: list[str]) -> None:
    stream = b"".join(b"data: " + text.encode() + b"\n\n" for text in texts)
    reader = EventReader()
    assert [each for at in range(len(stream)) for each in reader.feed(stream[at : at + 1])] == [
        text.encode() for text in texts
    ]


def test_an_endless_event_takes_no_memory_and_what_follows_is_read() -> None:
    reader = AnswerReader(events=True)
    for _ in range(40):
        reader.feed(b"data: " + b"x" * 100_000, 1.0)
    reader.feed(b"\n\n" + delta("y", "stop"), 2.0)
    assert reader.end(3.0).finish_reason == "stop"


DOCUMENT = {
    "choices": [{"index": 0, "message": {"content": "def f(): pass"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 3, "completion_tokens": 4},
}


def test_a_document_is_read_at_its_end_also_when_it_is_packed() -> None:
    plain = json.dumps(DOCUMENT).encode()
    for data, encoding in ((plain, ""), (plain, "identity"), (gzip.compress(plain), "gzip")):
        facts, _ = read([data[:9], data[9:]], events=False, encoding=encoding)
        assert (facts.prompt_tokens, facts.completion_tokens, facts.finish_reason) == (3, 4, "stop")
        assert facts.text == "def f(): pass" and facts.well_formed
        assert facts.first_token == (len(data) if encoding == "gzip" else 9.0), "nine bytes of gzip hold no text yet"
    kept, _ = read([plain], events=False, keep=5)
    assert (kept.text, kept.text_cut) == ("def f", True)


@pytest.mark.parametrize(
    "data", [b"", b"<html>", b"[]", b'{"choices": 1}', b'{"choices": [', b'{"detail": "x"}', b"[" * 100_000]
)
def test_a_document_that_is_no_answer_is_not_well_formed(data: bytes) -> None:
    assert not read([data], events=False)[0].well_formed


def test_a_stream_that_ends_before_its_end_is_not_well_formed_and_keeps_what_was_said() -> None:
    facts, done = read([delta("x"), delta("y", usage={"prompt_tokens": 2, "completion_tokens": 1})])
    assert (facts.well_formed, done, facts.completion_tokens, facts.finish_reason) == (False, False, 1, None)
    failed, _ = read([delta("x"), event(error={"message": "out of memory"}), b"data: [DONE]\n\n"])
    assert failed.error and not failed.well_formed
