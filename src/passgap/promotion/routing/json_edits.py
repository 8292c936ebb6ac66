"""Replaces the model's name in a JSON request, and leaves every other byte as the client wrote it."""

from __future__ import annotations

import json
import re

_SPACE = re.compile(r"[ \t\n\r]*")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_PLAIN = re.compile(r"[^,\]}\s]+")
_decode = json.JSONDecoder().raw_decode


def with_model(text: str, name: str) -> str:
    """The text of a JSON object with another value of its top-level ``model``.

    Where the key stands several times, every value is replaced: readers differ in which of them they take.

    Args:
        text: valid JSON, an object.
        name: the new value.

    Raises:
        ValueError: the text is no JSON object.
    """
    pieces: list[str] = []
    kept = 0
    for begin, end in _values_of(text, "model"):
        pieces += [text[kept:begin], json.dumps(name)]
        kept = end
    return "".join((*pieces, text[kept:]))


def _values_of(text: str, wanted: str) -> list[tuple[int, int]]:
    """Where the values of a top-level key begin and end."""
    found = []
    at = _after_space(text, 0)
    if text[at : at + 1] != "{":
        raise ValueError("not a JSON object")
    at = _after_space(text, at + 1)
    while text[at : at + 1] != "}":
        key = _STRING.match(text, at)
        if key is None:
            raise ValueError("not a JSON object")
        at = _after_space(text, key.end())
        if text[at : at + 1] != ":":
            raise ValueError("not a JSON object")
        begin = _after_space(text, at + 1)
        end = _end_of_value(text, begin)
        if json.loads(key[0], strict=False) == wanted:
            found.append((begin, end))
        at = _after_space(text, end)
        if text[at : at + 1] == ",":
            at = _after_space(text, at + 1)
    return found


def _after_space(text: str, at: int) -> int:
    matched = _SPACE.match(text, at)
    assert matched is not None
    return matched.end()


def _end_of_value(text: str, begin: int) -> int:
    if text[begin : begin + 1] == '"':
        matched = _STRING.match(text, begin)
    elif text[begin : begin + 1] in "{[":
        return int(_decode(text, begin)[1])
    else:
        matched = _PLAIN.match(text, begin)
    if matched is None:
        raise ValueError("not a JSON object")
    return matched.end()
