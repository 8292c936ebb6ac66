"""Records of an earlier version, read as this version's: compared by meaning, never by their text.

A field that did not exist yet stands at its default, which means what the earlier version did. A field that no longer
exists decides nothing any more and is left out.
"""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

Read = TypeVar("Read")

_LEAST = 8
"""Times that unknown fields are looked for: they can stand inside each other."""


def read_earlier(kind: type[Read] | Any, payload: Any) -> Read | None:
    """Read what was written as a ``kind`` (a record or an annotation of one); None where it can no longer be read."""
    adapter: TypeAdapter[Read] = TypeAdapter(kind)
    for _ in range(_LEAST):
        try:
            return adapter.validate_python(payload)
        except ValidationError as error:
            unknown = [each["loc"] for each in error.errors() if each["type"] == "extra_forbidden"]
            if not unknown:
                return None
            for place in unknown:
                payload = _without(payload, place)
    return None


def _without(payload: Any, place: tuple[int | str, ...]) -> Any:
    """A copy less the field at ``place``; steps that name a member of a union rather than a field are passed over."""
    first, *rest = place
    if isinstance(payload, dict):
        if first not in payload:
            return _without(payload, tuple(rest)) if rest else payload
        if rest:
            return {**payload, first: _without(payload[first], tuple(rest))}
        return {name: value for name, value in payload.items() if name != first}
    if isinstance(payload, list | tuple) and isinstance(first, int) and rest:
        return [_without(each, tuple(rest)) if at == first else each for at, each in enumerate(payload)]
    return payload
