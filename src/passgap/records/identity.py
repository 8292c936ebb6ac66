"""Digests, canonical JSON, seeds and schema versions: what makes two records, artifacts or samples the same.

The fields that a record had in schema 1 are always part of its digest. A field that was added later is part of it only
if it differs from its default: a problem, a registration or an artifact that does not use the field keeps the digest
that it had before the field existed.

Two rules follow for changes to a record:

* A new field has a default that means "as before". The default of an added field never changes, since both meanings
  would share a digest; add another field instead.
* Renaming or removing a field of :data:`FIRST_FIELDS` changes digests. Files are then written under a new
  :data:`SCHEMA_VERSION`, and a reader that translates the old version is kept.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

from passgap.records.first_schema import FIRST_FIELDS

SCHEMA_VERSION = 1
"""The schema version of written files. It rises when a field is renamed, removed, or changes its meaning."""


def canonical_json(value: Any) -> str:
    """Return the JSON text of ``value`` that digests are computed on: sorted keys, no spaces.

    Infinity and NaN, which tests may expect, are written as Python spells them, which is outside the JSON standard.
    Records are written without the fields that were added since schema 1 and equal their defaults.
    """
    return json.dumps(digested(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest_of(value: Any) -> str:
    """Return the SHA-256 of the canonical JSON of ``value``, in hexadecimal."""
    return hashlib.sha256(canonical_json(value).encode("utf-8", "surrogatepass")).hexdigest()


def readable_schema(version: object) -> bool:
    """Whether files of this schema version can be read. All released versions can."""
    return isinstance(version, int) and 1 <= version <= SCHEMA_VERSION


def sample_seed(root: int, *key: str | int) -> int:
    """Derive the seed of one random stream from the study's root seed and a key, in ``[0, 2**63)``.

    The seed of a sample depends only on (root, problem, sample index), not on the order in which problems are sampled
    or on how they are split into shards.
    """
    text = canonical_json([root, *key])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def digested(value: Any) -> Any:
    """Return the JSON value that represents ``value`` in a digest: records without added fields at their defaults.

    Lists, tuples and mappings may hold records; any other value is returned unchanged.
    """
    if isinstance(value, BaseModel):
        return _pruned(value, value.model_dump(mode="json"))
    if isinstance(value, Mapping):
        return {name: digested(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [digested(each) for each in value]
    return value


def _pruned(value: Any, dumped: Any) -> Any:
    """Return ``dumped``, the JSON of ``value``, without added fields of its records that equal their defaults."""
    if dumped is None or isinstance(dumped, str | int | float):  # nearly all, and the checks below are slow
        return dumped
    if isinstance(value, BaseModel):
        later = _later_fields(type(value))
        return {
            name: _pruned(getattr(value, name), each)
            for name, each in dumped.items()
            if name not in later or getattr(value, name) != later[name]
        }
    if isinstance(value, Mapping):
        return {name: _pruned(inner, each) for inner, (name, each) in zip(value.values(), dumped.items(), strict=True)}
    if isinstance(value, list | tuple):
        return [_pruned(inner, each) for inner, each in zip(value, dumped, strict=True)]
    return dumped


@cache
def _later_fields(kind: type[BaseModel]) -> dict[str, Any]:
    """The fields that a record gained after schema 1, except the tags that distinguish the members of a union.

    Returns:
        The default of each, by its name.
    """
    first = next((FIRST_FIELDS[each.__name__] for each in kind.__mro__ if each.__name__ in FIRST_FIELDS), frozenset())
    return {
        name: field.get_default(call_default_factory=True)
        for name, field in kind.model_fields.items()
        if name not in first and not (get_origin(field.annotation) is Literal and len(get_args(field.annotation)) == 1)
    }
