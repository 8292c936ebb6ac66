"""The usable part of a section with faults: its fields that could be read."""

from __future__ import annotations

from typing import Any, get_args

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from passgap.spec.section import Section


def partial_section(kind: type[Section], raw: Any) -> Section | None:
    """A section of which only the sound fields are there; None where ``raw`` is no mapping.

    A field that is missing or faulty is unknown rather than at its default: asking for it is an ``AttributeError``, so
    that nothing is concluded from it.
    """
    if not isinstance(raw, dict):
        return None
    read: dict[str, Any] = {}
    for name, field in kind.model_fields.items():
        key = field.alias if field.alias is not None and field.alias in raw else name
        if key not in raw:
            if not field.is_required():
                read[name] = field.get_default(call_default_factory=True)
            continue
        try:
            read[name] = TypeAdapter(field.rebuild_annotation()).validate_python(raw[key])
        except ValidationError:
            inner = section_of(field)
            part = partial_section(inner, raw[key]) if inner is not None else None
            if part is not None:
                read[name] = part
    section = kind.model_construct(_fields_set=set(raw) & set(kind.model_fields), **read)
    for name in kind.model_fields.keys() - read.keys():
        section.__dict__.pop(name, None)
    return section


def section_of(field: FieldInfo) -> type[Section] | None:
    """The section that a field holds, where it holds one kind alone."""
    found = [
        each
        for each in (field.annotation, *get_args(field.annotation))
        if isinstance(each, type) and issubclass(each, Section)
    ]
    return found[0] if len(found) == 1 else None
