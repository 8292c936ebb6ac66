"""Which fields of a record a digest is computed on, so that a field added later changes no digest that exists.

The fields that a record had in schema 1 are always part of its digest. A field added since is part of it only where it
says something other than its default: a problem, a registration or an artifact that does not use the field keeps the
digest that it had before the field existed, and one that uses it gets another.

Two rules follow for whoever changes a record:

* A new field has a default that means "as before", and the default of a field that was added is never changed: both
  meanings would have one digest. A new field takes its place instead.
* A field of :data:`FIRST_FIELDS` that is renamed or removed changes digests. Files are then written under a new
  :data:`SCHEMA_VERSION`, and the reader of the old version is kept and translates.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from passgap.records.first_schema import FIRST_FIELDS

SCHEMA_VERSION = 1
"""The version that files are written in: it rises where a field is renamed, removed or given another meaning."""


def canonical_json(value: Any) -> str:
    """Return the one JSON text of ``value`` that digests are computed on: sorted keys, no spaces.

    Infinity and NaN, which tests may expect, are written as Python spells them, outside the standard.
    Records in it are written without the fields that were added since schema 1 and are at their defaults.
    """
    return json.dumps(digested(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest_of(value: Any) -> str:
    """Return the SHA-256 of the canonical JSON of ``value``, in hexadecimal."""
    return hashlib.sha256(canonical_json(value).encode("utf-8", "surrogatepass")).hexdigest()


def readable_schema(version: object) -> bool:
    """Whether files of this schema version can be read: all released ones can."""
    return isinstance(version, int) and 1 <= version <= SCHEMA_VERSION


def sample_seed(root: int, *key: str | int) -> int:
    """Derive the seed of one random stream from the study's root seed and a key, in ``[0, 2**63)``.

    The seed of a sample depends on (root, problem, sample index) alone: neither on the order in which problems are
    drawn nor on how they are cut into shards.
    """
    text = canonical_json([root, *key])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def digested(value: Any) -> Any:
    """The JSON value that stands for ``value`` in a digest: records in it without the later fields that say nothing.

    Lists, tuples and mappings may hold records; anything else is returned as it is.
    """
    if isinstance(value, BaseModel):
        return _pruned(value, value.model_dump(mode="json"))
    if isinstance(value, Mapping):
        return {name: digested(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [digested(each) for each in value]
    return value


def _pruned(value: Any, dumped: Any) -> Any:
    """``dumped``, which is the JSON of ``value``, less the later fields of its records that are at their defaults."""
    if isinstance(value, BaseModel):
        later = _later_fields(type(value))
        return {
            name: _pruned(getattr(value, name), each)
            for name, each in dumped.items()
            if name not in later or getattr(value, name) != later[name].get_default(call_default_factory=True)
        }
    if isinstance(value, Mapping):
        return {name: _pruned(inner, each) for inner, (name, each) in zip(value.values(), dumped.items(), strict=True)}
    if isinstance(value, list | tuple):
        return [_pruned(inner, each) for inner, each in zip(value, dumped, strict=True)]
    return dumped


@cache
def _later_fields(kind: type[BaseModel]) -> dict[str, FieldInfo]:
    """The fields of a record that schema 1 did not have, less the tags that tell records of one union apart."""
    first = next((FIRST_FIELDS[each.__name__] for each in kind.__mro__ if each.__name__ in FIRST_FIELDS), frozenset())
    return {
        name: field
        for name, field in kind.model_fields.items()
        if name not in first and not (get_origin(field.annotation) is Literal and len(get_args(field.annotation)) == 1)
    }
