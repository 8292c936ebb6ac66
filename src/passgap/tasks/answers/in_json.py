"""Texts within JSON, in which some models, and calls of tools, wrap a program."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

_MOST_OBJECTS = 20
_MOST_TEXTS = 100


def texts_in_json(answer: str) -> list[str]:
    """The texts in the JSON objects of an answer, the last one first."""
    decoder = json.JSONDecoder(strict=False)
    found: list[str] = []
    place = 0
    for _ in range(_MOST_OBJECTS):
        place = answer.find("{", place)
        if place < 0:
            break
        try:
            value, place = decoder.raw_decode(answer, place)
        except (ValueError, RecursionError):
            place += 1
            continue
        found += [text for text in _texts(value) if text.strip()]
    return found[: -_MOST_TEXTS - 1 : -1]


def _texts(value: Any) -> Iterator[str]:
    """Yield the texts in a value, without descending by recursion."""
    waiting = [value]
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
