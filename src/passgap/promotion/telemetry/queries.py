"""SQL on telemetry by DuckDB, which reads the files where they are."""

from __future__ import annotations

from typing import Any

from passgap.errors import StudyError
from passgap.lazy_imports import needed_for
from passgap.paths import AnyPath
from passgap.promotion.telemetry.reading import KINDS, day_files


def query(telemetry: AnyPath, sql: str) -> list[dict[str, Any]]:
    """Run a query on the tables ``calls``, ``feedback`` and ``contents``, those that have rows.

    The query sees these tables and no other file.

    Raises:
        StudyError: DuckDB is not installed, or refuses the query.
    """
    with needed_for("SQL on telemetry", "passgap[telemetry]", StudyError):
        import duckdb  # noqa: PLC0415

    with duckdb.connect() as connection:
        for kind in KINDS.values():
            paths = [str(each.path) for each in day_files(telemetry, kind) if each.path.stat().st_size]
            if paths:
                connection.read_json(paths, format="newline_delimited", ignore_errors=True).create(kind)
        connection.execute("SET enable_external_access = false")
        try:
            found = connection.execute(sql)
            names = [each[0] for each in found.description or ()]
            return [dict(zip(names, values, strict=True)) for values in found.fetchall()]
        except duckdb.Error as error:
            raise StudyError("the query was refused", [str(error)]) from error
