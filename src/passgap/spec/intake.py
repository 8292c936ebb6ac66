"""Intake (R1): a study is valid, or everything that is wrong with it is said in one message."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast, get_args

from pydantic import Discriminator, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from passgap.errors import StudyError
from passgap.messages import describe_expected
from passgap.records import Record
from passgap.spec import rules
from passgap.spec.partial import partial_section, section_of
from passgap.spec.section import Section
from passgap.spec.study import StudySpec
from passgap.spec.tables import Tables
from passgap.spec.tolerances import read_battery
from passgap.spec.yaml_text import parse_mapping


class Intake(Record):
    """A valid study, and what is allowed in it and yet worth a second look."""

    spec: StudySpec
    flags: tuple[str, ...]


@dataclass(frozen=True)
class Draft:
    """A study as far as it could be read: its sections, those with faults in part, and what is wrong."""

    sections: Mapping[str, Any]
    problems: tuple[str, ...]


def parse_study(text: str, where: str = "study.yaml", *, tables: Tables) -> Intake:
    """Read a study from its YAML text.

    Args:
        text: the YAML.
        where: what messages call it.
        tables: what is defined in layers above and can be named in a study.

    Raises:
        StudyError: everything that is missing or wrong, each with why it is needed and an example.
    """
    return intake_of(draft_study(text, where, tables=tables), where)


def intake_of(draft: Draft, where: str, more: Iterable[str] = ()) -> Intake:
    """The study that a draft is, where nothing is wrong with it.

    Raises:
        StudyError: everything that is wrong with it, and ``more`` that was found elsewhere.
    """
    if draft.problems:
        problems = [*draft.problems, *more]
        count = "one problem" if len(problems) == 1 else f"{len(problems)} problems"
        raise StudyError(f"{where}: {count}; nothing is designed or measured before they are settled", problems)
    sections = cast("rules.Sections", draft.sections)
    return Intake(spec=StudySpec.model_validate(dict(draft.sections)), flags=tuple(rules.flags(sections)))


def draft_study(text: str, where: str = "study.yaml", *, tables: Tables) -> Draft:
    """Read what can be read of a study.

    Args:
        text: the YAML.
        where: what messages call it.
        tables: what is defined in layers above and can be named in a study.

    Raises:
        StudyError: the text is no YAML, or holds no sections.
    """
    raw = parse_mapping(text, where)
    problems = list(_unknown_fields(raw))
    sections: dict[str, Any] = {}
    incomplete = False
    for name, field in StudySpec.model_fields.items():
        if name == "battery":
            battery = read_battery(raw.get(name), tables.tolerances)
            sections[name] = battery.tolerances
            problems.extend(battery.problems)
            continue
        if name not in raw:
            if field.is_required():
                problems.extend(_missing(name, field))
            else:
                sections[name] = field.get_default()
            continue
        given = {} if raw[name] is None else raw[name]
        try:
            sections[name] = TypeAdapter(field.rebuild_annotation()).validate_python(given)
        except ValidationError as error:
            problems.extend(problem for detail in _told_once(error) for problem in _explain(name, field, detail))
            incomplete = True
            part = _partly(field, given)
            if part is not None:
                sections[name] = part
            elif name == "rehearsal":
                sections[name] = True  # nothing is too small for a decision that may not have been meant
    problems.extend(rules.refusals(cast("rules.Sections", sections), incomplete=incomplete))
    return Draft(sections=sections, problems=tuple(problems))


def _partly(field: FieldInfo, given: Any) -> Section | None:
    kinds = _kinds(field)
    named = given.get("name", "local") if isinstance(given, dict) else None
    kind = kinds.get(named) if kinds and isinstance(named, str) else section_of(field)
    return partial_section(kind, given) if kind is not None else None


def _unknown_fields(raw: dict[str, Any]) -> Iterator[str]:
    for name in raw:
        if name not in StudySpec.model_fields:
            yield f"{name}: there is no such section.{_near(name, StudySpec)}"


def _missing(name: str, field: FieldInfo, prefix: str = "") -> Iterator[str]:
    """Name a missing field; for a missing section, each field that it must hold."""
    section = _section_of(field.annotation)
    if section is None:
        yield _ask(f"{prefix}{name}", field)
        return
    for inner_name, inner in section.model_fields.items():
        if inner.is_required():
            yield from _missing(inner.alias or inner_name, inner, f"{prefix}{name}.")


def _ask(path: str, field: FieldInfo) -> str:
    return f"{path}: missing. {field.description}{_example(path, field)}"


def _explain(name: str, field: FieldInfo, detail: ErrorDetails) -> Iterator[str]:
    parts = [str(part) for part in detail["loc"] if str(part) not in _BRANCHES]
    if detail["type"] == "union_tag_invalid":
        context = detail["ctx"]
        yield f"{name}.name: should be one of {context['expected_tags']}; it is {context['tag']!r}."
        return
    kinds = _kinds(field)
    if kinds and parts:
        kind, *parts = parts
        owner, found = _resolve(field, parts, within=kinds.get(kind))
    else:
        owner, found = _resolve(field, parts)
    path = ".".join([name, *parts])
    if detail["type"] == "missing":
        parent, _, last = path.rpartition(".")
        yield from _missing(last, found, f"{parent}.")
    elif detail["type"] == "extra_forbidden":
        yield f"{path}: there is no such field.{_near(parts[-1], owner)}"
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


def _kinds(field: FieldInfo) -> dict[str, type[Section]]:
    """The sections that a field's ``name`` chooses between, as for the engine."""
    members = get_args(field.annotation)
    if not any(isinstance(each, Discriminator) for each in field.metadata):
        return {}
    return {str(get_args(member.model_fields["name"].annotation)[0]): member for member in members}


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


_NEVER_SHOWN = frozenset({"key_variable", "base_url"})
"""Fields in which somebody may have put a secret by mistake: what stands there is not repeated."""

_BRANCHES = frozenset({"ReportedScore", "literal['unknown']"})
"""Parts that pydantic adds to a location to tell the branches of a union apart."""


def _told_once(error: ValidationError) -> list[ErrorDetails]:
    """Drop what repeats another error: a union's other branch, and a list emptied by the failure of its items."""
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


def _near(name: str, owner: type[Section]) -> str:
    names = [info.alias or key for key, info in owner.model_fields.items()]
    near = difflib.get_close_matches(name, names, n=1)
    if near:
        return f" Did you mean `{near[0]}`?"
    return f" It can hold: {', '.join(names)}."
