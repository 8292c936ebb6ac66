"""Samples as Parquet shards, with their provenance in the file's metadata."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import JsonValue

from passgap.errors import StoreError
from passgap.paths import AnyPath
from passgap.records import SCHEMA_VERSION, FinishReason, Sample, SampleText, canonical_json, readable_schema
from passgap.store.files import atomic_path

_SCHEMA = pa.schema(
    [
        pa.field("problem_id", pa.string(), nullable=False),
        pa.field("index", pa.int32(), nullable=False),
        pa.field("completion", pa.string(), nullable=False),
        pa.field("finish_reason", pa.string(), nullable=False),
        pa.field("seed", pa.int64(), nullable=False),
        pa.field("prompt_tokens", pa.int32(), nullable=False),
        pa.field("completion_tokens", pa.int32(), nullable=False),
        pa.field("logprobs", pa.list_(pa.float32())),
        pa.field("tokens", pa.list_(pa.int32())),
        pa.field("end_token", pa.int32()),
        pa.field("stop", pa.string()),
    ]
)

_TEXT_COLUMNS = tuple(field.name for field in fields(SampleText))


def write_samples(path: AnyPath, samples: Sequence[Sample], provenance: Mapping[str, JsonValue]) -> None:
    """Write samples, sorted by (problem, index), to one Parquet file, atomically."""
    ordered = sorted(samples, key=lambda sample: (sample.problem_id, sample.index))
    table = pa.Table.from_pylist([sample.model_dump(mode="json") for sample in ordered], schema=_SCHEMA)
    metadata = {"passgap.schema_version": str(SCHEMA_VERSION), "passgap.provenance": canonical_json(dict(provenance))}
    with atomic_path(path) as staged:
        pq.write_table(table.replace_schema_metadata(metadata), staged, compression="zstd")


def read_samples(path: AnyPath) -> list[Sample]:
    """Read one shard.

    Raises:
        StoreError: it is damaged or of another schema version.
    """
    return [_sample_of(row) for row in _read_table(Path(path)).to_pylist()]


def read_sample_texts(path: AnyPath) -> tuple[SampleText, ...]:
    """Read one shard without the tokens and log-probabilities, which are most of its size.

    Raises:
        StoreError: it is damaged or of another schema version.
    """
    columns = _read_table(Path(path), _TEXT_COLUMNS).to_pydict()
    columns["finish_reason"] = list(map(FinishReason, columns["finish_reason"]))
    return tuple(itertools.starmap(SampleText, zip(*(columns[name] for name in _TEXT_COLUMNS), strict=True)))


def _read_table(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    try:
        table = pq.read_table(path, columns=columns if columns is None else list(columns))
    except (OSError, pa.ArrowInvalid) as error:
        raise StoreError(
            f"{path} cannot be read", [f"{error}. Delete it and run again: its samples will be generated again."]
        ) from error
    version = (table.schema.metadata or {}).get(b"passgap.schema_version", b"?").decode()
    if not (version.isdecimal() and readable_schema(int(version))):
        raise StoreError(
            f"{path} has schema version {version}; this version of passgap reads up to {SCHEMA_VERSION}",
            ["Use the version of passgap that wrote it, or a later one."],
        )
    return table


def _sample_of(row: dict[str, Any]) -> Sample:
    """Build a sample from a row that was validated when it was written."""
    logprobs, tokens = row.get("logprobs"), row.get("tokens")
    return Sample.model_construct(
        **{
            **row,
            "finish_reason": FinishReason(row["finish_reason"]),
            "logprobs": None if logprobs is None else tuple(logprobs),
            "tokens": None if tokens is None else tuple(tokens),
        }
    )
