"""The questions that a study answers: every field without a default, with why it is needed and how it is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic.fields import FieldInfo

from passgap.records import Record
from passgap.spec.partial import section_of
from passgap.spec.section import Section
from passgap.spec.study import StudySpec


class Question(Record):
    """A field of ``study.yaml`` that has no default."""

    field: str
    """Its dotted path: ``budget.hours.sampling``."""
    why: str
    """Its meaning, and the reason why it is needed."""
    example: str
    """How it is written, as YAML; empty where the field has no example."""


def questions() -> Iterator[Question]:
    """Yield every question, in the order of the file."""
    return _questions(StudySpec, "")


def open_questions(raw: Mapping[str, Any]) -> tuple[Question, ...]:
    """The questions that a study leaves open, from its YAML as it was read."""
    return tuple(each for each in questions() if not _answered(raw, each.field.split(".")))


def field_at(path: str, section: type[Section] = StudySpec) -> FieldInfo | None:
    """The field at a dotted path; None where there is no such field, or a union stands on the way."""
    name, _, rest = path.partition(".")
    found = {info.alias or key: info for key, info in section.model_fields.items()}.get(name)
    if found is None or not rest:
        return found
    inner = section_of(found)
    return None if inner is None else field_at(rest, inner)


def _questions(section: type[Section], prefix: str) -> Iterator[Question]:
    for key, info in section.model_fields.items():
        if not info.is_required():
            continue
        path = f"{prefix}{info.alias or key}"
        inner = section_of(info)
        if inner is not None and isinstance(info.annotation, type):
            yield from _questions(inner, f"{path}.")
        else:
            yield Question(field=path, why=info.description or "", example=example_of(info))


def example_of(info: FieldInfo) -> str:
    """How a field is written, as YAML; empty where it has no example."""
    return str(info.examples[0]) if info.examples else ""


def _answered(raw: Any, path: list[str]) -> bool:
    """Whether there is a value at a path; one that is not a section is wrong rather than missing."""
    if not path:
        return True
    if not isinstance(raw, Mapping):
        return raw is not None
    return path[0] in raw and _answered({} if raw[path[0]] is None and path[1:] else raw[path[0]], path[1:])
