"""Explanations of faults in a section: why a field is needed, how it is written, and which one may be meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Any, get_args

from pydantic import Discriminator, Tag, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from passgap.messages import describe_expected
from passgap.spec.engines import PluginEngine
from passgap.spec.section import Section
from passgap.spec.study import StudySpec


def missing(name: str, field: FieldInfo, prefix: str = "") -> Iterator[str]:
    """Name a missing field; for a missing section, each field that it must hold."""
    section = _section_of(field.annotation)
    if section is None:
        yield _ask(f"{prefix}{name}", field)
        return
    for inner_name, inner in section.model_fields.items():
        if inner.is_required():
            yield from missing(inner.alias or inner_name, inner, f"{prefix}{name}.")


def _ask(path: str, field: FieldInfo) -> str:
    return f"{path}: missing. {field.description}{_example(path, field)}"


def explain(name: str, field: FieldInfo, detail: ErrorDetails) -> Iterator[str]:
    """Yield what is to be said of one error in the section ``name``."""
    parts = [str(part) for part in detail["loc"] if str(part) not in _BRANCHES]
    kinds = kinds_of(field)
    if detail["type"] == "union_tag_invalid":
        own = ", ".join(repr(kind) for kind, section in kinds.items() if section is not PluginEngine)
        yield (
            f"{name}.name: should be one of {own}; it is {detail['ctx']['tag']!r}. One of another distribution is "
            f"named with its `options`, which may be empty. Example: `options: {{}}`."
        )
        return
    if kinds and parts:
        kind, *parts = parts
        owner, found = _resolve(field, parts, within=kinds.get(kind))
    else:
        owner, found = _resolve(field, parts)
    path = ".".join([name, *parts])
    if detail["type"] == "missing":
        parent, _, last = path.rpartition(".")
        yield from missing(last, found, f"{parent}.")
    elif detail["type"] == "extra_forbidden":
        yield f"{path}: there is no such field.{near(parts[-1], _names(owner))}"
    else:
        fault = _fault(detail)
        yield f"{path}: {fault}" + ("" if "Example:" in fault else _example(path, found))


def _fault(detail: ErrorDetails) -> str:
    given = detail["input"]
    secret = detail["loc"][-1:] and detail["loc"][-1] in _NEVER_SHOWN
    shown = f"; it is {given!r}" if isinstance(given, str | int | float | bool) and not secret else ""
    if detail["type"] == "too_short":
        return "at least one is needed."
    if detail["type"] == "literal_error" and detail["loc"][-1] in _BRANCHES:
        return (
            f"should be `unknown`, or a score with its source{shown}. Example: `{{value: 0.121, source: model card}}`."
        )
    return f"should be {describe_expected(detail)}{shown}."


def _example(path: str, field: FieldInfo) -> str:
    name = path.rsplit(".", 1)[-1]
    return f" Example: `{name}: {field.examples[0]}`." if field.examples and not name.isdigit() else ""


def kinds_of(field: FieldInfo) -> dict[str, type[Section]]:
    """The sections that a field's ``name`` chooses between, as for the engine, by pydantic's tag for each."""
    if not any(isinstance(each, Discriminator) for each in field.metadata):
        return {}
    members = [get_args(member) for member in get_args(field.annotation)]
    return {each.tag: section for section, *metadata in members for each in metadata if isinstance(each, Tag)}


def _resolve(
    field: FieldInfo, parts: list[str], *, within: type[Section] | None = None
) -> tuple[type[Section], FieldInfo]:
    """Follow an error's location from a section's field to the innermost section and field that it names."""
    owner: type[Section] = within or StudySpec
    found = field
    for part in parts:
        inner = within if found is field else None
        inner = inner or _section_of(found.annotation, *get_args(found.annotation))
        if inner is not None:
            owner = inner
        by_name = {info.alias or key: info for key, info in owner.model_fields.items()}
        found = by_name.get(part, found)
    return owner, found


def _section_of(*candidates: Any) -> type[Section] | None:
    for candidate in candidates:
        if isinstance(candidate, type) and issubclass(candidate, Section):
            return candidate
    return None


def _names(owner: type[Section]) -> list[str]:
    return [info.alias or key for key, info in owner.model_fields.items()]


_NEVER_SHOWN = frozenset({"key_variable", "base_url", "uri"})
"""Fields in which somebody may have put a secret by mistake: what stands there is not repeated."""

_BRANCHES = frozenset({"ReportedScore", "literal['unknown']"})
"""Parts that pydantic adds to a location to tell the branches of a union apart."""


def told_once(error: ValidationError) -> list[ErrorDetails]:
    """The errors of a section, less those that repeat another: a union's other branch, a list without sound items."""
    details = error.errors()
    locations = [detail["loc"] for detail in details]

    def repeats(detail: ErrorDetails) -> bool:
        loc = detail["loc"]
        if detail["type"] == "too_short":
            return any(other[: len(loc)] == loc and len(other) > len(loc) for other in locations)
        if loc[-1:] == ("literal['unknown']",):
            return isinstance(detail["input"], dict)
        return detail["type"] == "model_type" and (*loc[:-1], "literal['unknown']") in locations

    return [detail for detail in details if not repeats(detail)]


def near(name: str, names: list[str]) -> str:
    """The name that may have been meant, or all that there are."""
    found = difflib.get_close_matches(name, names, n=1)
    return f" Did you mean `{found[0]}`?" if found else f" It can hold: {', '.join(names)}."
