"""``passgap telemetry``: what was served by which checkpoint."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from passgap.cli.output import JsonOption, emit_json, stdout
from passgap.cli.study_options import StudyArgument

if TYPE_CHECKING:
    from passgap.promotion.telemetry.rows import CallRow


def telemetry(
    study: StudyArgument,
    call: Annotated[
        str | None, typer.Option("--call", metavar="ID", help="All rows of one call, its copy and its feedback.")
    ] = None,
    sql: Annotated[
        str | None,
        typer.Option("--sql", metavar="QUERY", help="A query on `calls`, `feedback` and `contents` (DuckDB)."),
    ] = None,
    export: Annotated[
        Path | None, typer.Option("--export", metavar="FOLDER", help="Write Parquet files, one per day.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Say which checkpoint served how many calls, how they ended and how long they took.

    Reads the gateway's log in the study's folder, also while it is written. Copies of calls (`shadow`) are never part
    of production's figures.

    Examples: `passgap telemetry studies/autocomplete`,
    `passgap telemetry studies/autocomplete --sql "select outcome, count(*) n from calls group by 1"`,
    `passgap telemetry studies/autocomplete --export telemetry-parquet`
    """
    from passgap.promotion.telemetry.reading import telemetry_folder  # noqa: PLC0415

    folder = telemetry_folder(study if study.is_dir() else study.parent)
    if sql is not None:
        from passgap.promotion.telemetry.queries import query  # noqa: PLC0415

        _rows(query(folder, sql), as_json=as_json)
    elif export is not None:
        from passgap.promotion.telemetry.parquet import export_parquet  # noqa: PLC0415

        written = [str(each) for each in export_parquet(folder, export)]
        emit_json({"written": written}) if as_json else stdout.print("\n".join(written) or "No rows yet.")
    elif call is not None:
        _rows(_of_call(folder, call), as_json=as_json)
    else:
        _summary(folder, as_json=as_json)


def _of_call(folder: Path, name: str) -> list[dict[str, object]]:
    from passgap.promotion.telemetry.reading import read_rows  # noqa: PLC0415
    from passgap.promotion.telemetry.rows import CallRow, FeedbackRow  # noqa: PLC0415

    calls = [
        each for batch in read_rows(folder, CallRow) for each in batch.rows if name in (each.request_id, each.pair_id)
    ]
    said = [each for batch in read_rows(folder, FeedbackRow) for each in batch.rows if each.request_id == name]
    return [each.model_dump(mode="json", exclude_none=True) for each in (*calls, *said)]


def _summary(folder: Path, *, as_json: bool) -> None:
    from passgap.promotion.telemetry.reading import read_rows  # noqa: PLC0415
    from passgap.promotion.telemetry.rows import CallRow  # noqa: PLC0415
    from passgap.promotion.telemetry.summary import summarise  # noqa: PLC0415

    def rows() -> Iterator[CallRow]:
        return (row for batch in read_rows(folder, CallRow) for row in batch.rows)

    parts = summarise(rows())
    if as_json:
        emit_json({"parts": [each.model_dump(mode="json") for each in parts]})
        return
    if not parts:
        stdout.print("No calls yet.")
        return
    table = Table("role", "checkpoint", "route", "calls", "outcomes", "median s", "p99 s", "first token s", "tokens")
    for each in parts:
        table.add_row(
            each.role,
            each.checkpoint or "",
            each.route,
            str(each.calls),
            ", ".join(f"{count} {outcome}" for outcome, count in each.outcomes.items()),
            *(
                "" if value is None else f"{value:.3g}"
                for value in (each.latency_median_seconds, each.latency_99_seconds, each.first_token_median_seconds)
            ),
            f"{each.prompt_tokens} + {each.completion_tokens}",
        )
    stdout.print(table)


def _rows(found: list[dict[str, object]], *, as_json: bool) -> None:
    if as_json:
        import json  # noqa: PLC0415

        emit_json({"rows": json.loads(json.dumps(found, default=str))})
        return
    if not found:
        stdout.print("No rows.")
        return
    table = Table(*found[0])
    for each in found:
        table.add_row(*(str(each.get(name, "")) for name in found[0]))
    stdout.print(table)
