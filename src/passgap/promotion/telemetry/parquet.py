"""Telemetry as Parquet: one file per kind of row and day, written in bounded memory."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from passgap.paths import AnyPath
from passgap.promotion.telemetry.reading import KINDS, DayFile, day_files, read_dicts
from passgap.promotion.telemetry.rows import CallRow, ContentRow, FeedbackRow
from passgap.store.files import atomic_path

_TYPES = {"str": pa.string(), "bool": pa.bool_(), "int": pa.int64(), "float": pa.float64()}


def schema_of(row: type[CallRow | FeedbackRow | ContentRow]) -> pa.Schema:
    """The columns of a kind of row: its fields by name, times in UTC, enumerations as text."""
    fields = []
    for name, field in row.model_fields.items():
        plain = str(field.annotation).replace(" | None", "").removeprefix("<class '").removesuffix("'>")
        kind = pa.timestamp("us", tz="UTC") if plain.endswith("datetime") else _TYPES.get(plain, pa.string())
        fields.append(pa.field(name, kind))
    return pa.schema(fields)


def export_parquet(telemetry: AnyPath, target: AnyPath) -> list[Path]:
    """Write every day of telemetry into a folder, and return the files.

    A file of an earlier export is written anew: a day may have grown since.

    Raises:
        StoreError: a row is damaged, or the disk is full.
    """
    written = []
    for row, kind in KINDS.items():
        by_day: dict[str, list[DayFile]] = {}
        for file in day_files(telemetry, kind):
            by_day.setdefault(file.day, []).append(file)
        for day, files in by_day.items():
            path = Path(target) / f"{kind}-{day}.parquet"
            schema = schema_of(row)
            with atomic_path(path) as staged, pq.ParquetWriter(staged, schema, compression="zstd") as writer:
                for file in files:
                    for batch in read_dicts(file, row, 5000):
                        writer.write_table(pa.Table.from_pylist(batch, schema=schema))
            written.append(path)
    return written
