"""Reads what telemetry needs from an answer while it passes: usage, finish reason, the first token, and its end.

Nothing here changes a byte of the answer. Server-sent events are read as the HTML standard defines them: lines end in
LF, CR or CRLF, the space after ``data:`` is optional, and an event may have several lines of data.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Any

from passgap.promotion.json_text import parsed

_LARGEST_EVENT = 1 << 20
_LARGEST_DOCUMENT = 8 << 20


def _is_telling(event: bytes) -> bool:
    """Whether an event is worth parsing after the first token."""
    if b'"usage"' in event or b'"error"' in event:
        return True
    at = event.find(b'"finish_reason"')
    return at >= 0 and not event.startswith((b"null", b" null", b": null", b":null"), at + len(b'"finish_reason"'))


class EventReader:
    """Splits a stream of bytes into the data of its events, wherever its chunks begin and end."""

    def __init__(self) -> None:
        self._rest = b""
        self._after_cr = False
        self._skipping = False

    def feed(self, data: bytes) -> list[bytes]:
        """Return the data of the events that these bytes complete. An event of over 1 MiB is left out."""
        if self._after_cr and data.startswith(b"\n"):
            data, self._after_cr = data[1:], False
        if not data:
            return []
        self._after_cr = data.endswith(b"\r")
        if b"\r" in data:
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        *events, self._rest = (self._rest + data).split(b"\n\n")
        if self._skipping and events:
            del events[0]
            self._skipping = False
        if len(self._rest) > _LARGEST_EVENT:
            self._rest, self._skipping = self._rest[-1:], True
        return [found for found in map(_data_of, events) if found is not None]

    def end(self) -> list[bytes]:
        """Return the data of a last event that no empty line ends."""
        found = None if self._skipping else _data_of(self._rest)
        self._rest = b""
        return [] if found is None else [found]


def _data_of(event: bytes) -> bytes | None:
    lines = [
        line[6:] if line.startswith(b"data: ") else line[5:] for line in event.split(b"\n") if line.startswith(b"data:")
    ]
    return b"\n".join(lines) if lines else None


@dataclass
class AnswerFacts:
    """The facts that an answer states of itself."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    finish_reason: str | None = None
    first_token: float | None = None
    """When the first text arrived, on the clock of the caller."""
    text: str | None = None
    """The first choice's text, where it is to be kept."""
    text_cut: bool = False
    well_formed: bool = False
    """Whether it is what its endpoint answers with, from its beginning to its end."""
    error: bool = False
    """Whether the server reported an error inside of an answer that it had begun."""


class AnswerReader:
    """Reads one answer.

    Args:
        events: whether it is a stream of events; otherwise it is one document.
        encoding: its ``Content-Encoding``; gzip and deflate are read, others leave everything unknown.
        keep: how many bytes of the first choice's text to keep; 0 for none.
    """

    def __init__(self, *, events: bool, encoding: str = "", keep: int = 0) -> None:
        self.facts = AnswerFacts()
        self.done = False
        """Whether the stream said that it is complete."""
        self._events = EventReader() if events else None
        self._document = bytearray()
        self._keep = keep
        self._texts: list[str] = []
        self._kept = 0
        self._choices = False
        plain = encoding.strip().lower()
        self._inflate = zlib.decompressobj(47) if plain in ("gzip", "x-gzip", "deflate") else None
        self._readable = self._inflate is not None or plain in ("", "identity")

    def feed(self, data: bytes, now: float) -> None:
        """Read the next bytes, which arrived at ``now``."""
        if not self._readable:
            return
        if self._inflate is not None:
            try:
                data = self._inflate.decompress(data, _LARGEST_DOCUMENT)
            except zlib.error:
                self._readable = False
                return
        if self._events is None:
            if self.facts.first_token is None and data:
                self.facts.first_token = now
            if len(self._document) <= _LARGEST_DOCUMENT:
                self._document += data
            return
        for each in self._events.feed(data):
            self._event(each, now)

    def end(self, now: float) -> AnswerFacts:
        """Return what the answer said, at its end or where it was cut."""
        facts = self.facts
        if self._events is not None:
            for each in self._events.end():
                self._event(each, now)
            facts.well_formed = not facts.error and self._choices and (self.done or facts.finish_reason is not None)
        elif self._readable and self._document:
            self._read(parsed(bytes(self._document)), now)
            facts.well_formed = self._choices
            self._document.clear()
        if not self._readable:
            facts.well_formed = True  # in an encoding that is not read: nothing speaks against it
        if self._texts:
            text = "".join(self._texts).encode("utf-8", "surrogatepass")
            facts.text_cut = len(text) > self._keep
            facts.text = text[: self._keep].decode("utf-8", "ignore")
        return facts

    def _event(self, data: bytes, now: float) -> None:
        if data.strip() == b"[DONE]":
            self.done = True
        elif self.facts.first_token is None or self._keep or _is_telling(data):
            self._read(parsed(data), now)

    def _read(self, said: Any, now: float) -> None:
        if not isinstance(said, dict):
            return
        facts = self.facts
        usage, choices = said.get("usage"), said.get("choices")
        if isinstance(usage, dict):
            facts.prompt_tokens = _count(usage, "prompt_tokens", "input_tokens", facts.prompt_tokens)
            facts.completion_tokens = _count(usage, "completion_tokens", "output_tokens", facts.completion_tokens)
        if said.get("error"):
            facts.error = True
        if not isinstance(choices, list):
            return
        self._choices = True
        for choice in choices:
            if not isinstance(choice, dict):
                continue
            if isinstance(choice.get("finish_reason"), str):
                facts.finish_reason = choice["finish_reason"]
            text = _text_of(choice)
            if text and facts.first_token is None:
                facts.first_token = now
            if self._keep and isinstance(text, str) and choice.get("index", 0) == 0 and self._kept <= self._keep:
                self._texts.append(text)
                self._kept += len(text)


def _text_of(choice: dict[str, Any]) -> Any:
    """The text that a choice carries, or its calls of tools."""
    if choice.get("text"):
        return choice["text"]
    message = choice.get("delta") or choice.get("message")
    if not isinstance(message, dict):
        return None
    return message.get("content") or message.get("reasoning_content") or message.get("tool_calls")


def _count(usage: dict[str, Any], name: str, other: str, known: int | None) -> int | None:
    value = usage.get(name, usage.get(other))
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else known
