"""Rules that say of a text whether it is the answer that a prompt of a probe set asked for.

Each can be checked by eye. They are made to show drift between two models that answer the same prompts: a format that
they do not foresee counts as wrong on both sides.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

_FENCED = re.compile(r"^```[^\n]*\n(.*?)^```[^\n]*$", re.DOTALL | re.MULTILINE)
_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?")
_QUOTES = "`\"'“”* "
_NUMBERED = re.compile(r"(\d+)[.)] \S")


def is_right(rule: str, answer: str, text: str) -> bool:
    """Whether a text is what was asked for.

    Args:
        rule: of :data:`RULES`.
        answer: what the rule compares with.
        text: of the completion.

    Raises:
        KeyError: there is no such rule.
    """
    return RULES[rule](text.strip(), answer)


def _number(text: str, answer: str) -> bool:
    """The last number outside of code blocks."""
    found = _NUMBER.findall(_FENCED.sub("", text))
    return bool(found) and float(found[-1].replace(",", "")) == float(answer)


def _printed(text: str, answer: str) -> bool:
    """The first or the last line, or the last text in backticks, without quotation marks around it."""
    lines = [each for each in _lines(text) if not each.startswith("```")]
    spans = re.findall(r"`([^`\n]+)`", text)[-1:]
    return any(_bare(each) == answer for each in (*lines[:1], *lines[-1:], *spans))


def _bare(line: str) -> str:
    return line.strip(_QUOTES).removesuffix(".").strip(_QUOTES)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _words(text: str) -> list[str]:
    return re.findall(r"[\w'-]+", text)


def _letters(text: str) -> str:
    return "".join(filter(str.isalpha, text))


def _one_of(text: str, answer: str) -> bool:
    return text.strip(_QUOTES + ".!").lower() in answer.split(",")


def _commas(text: str, answer: str) -> bool:
    return len(_lines(text)) == 1 and len([each for each in text.split(",") if each.strip()]) == int(answer)


def _numbered(text: str, answer: str) -> bool:
    found = [int(match[1]) for line in _lines(text) if (match := _NUMBERED.match(line))]
    return found == list(range(1, int(answer) + 1))


def _bullets(text: str, answer: str) -> bool:
    lines = _lines(text)
    return len(lines) == int(answer) and all(line.startswith("- ") for line in lines)


def _json(text: str) -> Any:
    """The JSON value that a text is, a code block around it left out; None where it is none."""
    fenced = _FENCED.fullmatch(text)
    try:
        return json.loads(fenced[1] if fenced else text)
    except (ValueError, RecursionError):
        return None


def _json_is(text: str, answer: str) -> bool:
    value = _json(text)
    return value is not None and value == json.loads(answer)


def _json_keys(text: str, answer: str) -> bool:
    value = _json(text)
    return isinstance(value, dict) and sorted(value) == answer.split(",")


def _json_list(text: str, answer: str) -> bool:
    value = _json(text)
    return isinstance(value, list) and len(value) == int(answer)


RULES: dict[str, Callable[[str, str], bool]] = {
    "number": _number,
    "printed": _printed,
    "lines": lambda text, answer: len(_lines(text)) == int(answer),
    "words": lambda text, answer: len(_words(text)) == int(answer),
    "most_words": lambda text, answer: 0 < len(_words(text)) <= int(answer),
    "upper": lambda text, answer: _letters(text).isupper(),
    "lower": lambda text, answer: _letters(text).islower(),
    "one_of": _one_of,
    "commas": _commas,
    "numbered": _numbered,
    "bullets": _bullets,
    "digits": lambda text, answer: text.removesuffix(".").isdecimal(),
    "json_keys": _json_keys,
    "json_list": _json_list,
    "json_is": _json_is,
    "starts": lambda text, answer: text.startswith(answer),
    "ends": lambda text, answer: text.removesuffix(".").endswith(answer),
    "lacks": lambda text, answer: bool(_words(text)) and answer.lower() not in text.lower(),
    "has": lambda text, answer: answer.lower() in text.lower(),
    "quoted": lambda text, answer: re.fullmatch(r'["“][^"“”\n]+["”]', text) is not None,
}
"""The rules by name: of a text without space around it, and of what it is compared with."""
