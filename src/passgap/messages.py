"""pydantic's validation errors in the terms of YAML and JSON: a list, text, a date, rather than a tuple or a str."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

_DAY = "a day such as `2024-06-30` or a month such as `2024-06`"
_KINDS = {
    "string": "text; put quotes around it if it looks like a number, a date or a list",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "date": _DAY,
    "datetime": _DAY,
    "tuple": "a list, in square brackets or with a dash before each item",
    "list": "a list, in square brackets or with a dash before each item",
    "set": "a list, in square brackets or with a dash before each item",
    "frozen_set": "a list, in square brackets or with a dash before each item",
    "dict": "a section: fields with a name and a value",
    "mapping": "a section: fields with a name and a value",
    "model": "a section: fields with a name and a value",
    "model_attributes": "a section: fields with a name and a value",
    "dataclass": "a section: fields with a name and a value",
}
"""Descriptions of the expected value, by the first part of pydantic's error type (``int_parsing``, ``date_type``)."""

_ENDINGS = (
    "_from_datetime_inexact",
    "_from_datetime_parsing",
    "_from_float",
    "_parsing_size",
    "_parsing",
    "_type",
    "_inexact",
)


_LONGEST_SHOWN = 80


def describe_expected(error: Mapping[str, Any]) -> str:
    """Describe the expected value, to follow "should be", from an entry of ``ValidationError.errors()``."""
    kind = next((error["type"].removesuffix(each) for each in _ENDINGS if error["type"].endswith(each)), None)
    if kind in _KINDS:
        return _KINDS[kind]
    if error["type"] == "string_too_short" and error["ctx"]["min_length"] == 1:
        return "text that is not empty"
    message = str(error["msg"])
    return message.removeprefix("Value error, ").removeprefix("Input should be ")


def describe_errors(errors: Iterable[Mapping[str, Any]]) -> str:
    """Describe the errors of one value on one line, each with its field, from ``ValidationError.errors()``."""
    return "; ".join(map(_described, errors))


def _described(error: Mapping[str, Any]) -> str:
    place = ".".join(map(str, error["loc"]))
    context = error.get("ctx", {})
    tag = str(context.get("discriminator", "")).replace("'", "`")
    match error["type"]:
        case "missing":
            return f"`{place}` is missing"
        case "extra_forbidden":
            text = "there is no such field"
        case "union_tag_not_found":
            text = f"{tag} is missing: it says which kind this is"
        case "union_tag_invalid":
            text = f"{tag} is {context['tag']!r}; it should be one of {context['expected_tags']}"
        case "too_short" | "too_long":
            text = _counted(error)
        case "value_error" | "assertion_error":
            text = str(error["msg"]).removeprefix("Value error, ").removeprefix("Assertion failed, ")
        case _:
            text = f"should be {describe_expected(error)}{_given(error)}"
    return f"`{place}`: {text}" if place else text


def _counted(error: Mapping[str, Any]) -> str:
    context = error.get("ctx", {})
    if error["type"] == "too_short":
        return f"{context['min_length']} or more are needed, and there are {context['actual_length']}"
    return f"{context['max_length']} at most are allowed"


def _given(error: Mapping[str, Any]) -> str:
    """The value that was given instead, if it is short enough to be quoted."""
    value = error["input"]
    if value is None:
        return "; nothing is given"
    short = isinstance(value, int | float) or (isinstance(value, str) and len(value) < _LONGEST_SHOWN)
    return f"; it is {value!r}" if short else ""
