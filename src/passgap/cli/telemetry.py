"""``passgap telemetry``: what was served by which checkpoint."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from passgap.cli.output import JsonOption, emit_json, stderr, stdout
from passgap.cli.study_options import StudyArgument
from passgap.errors import StudyError
from passgap.plain_text import harmless

if TYPE_CHECKING:
    from passgap.promotion.telemetry.pairs import Side
    from passgap.promotion.telemetry.rows import CallRow
    from passgap.promotion.telemetry.summary import Part


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
    pairs: Annotated[
        int | None,
        typer.Option("--pairs", metavar="N", min=1, help="The last N mirrored calls, both answers side by side."),
    ] = None,
    fetch: Annotated[
        bool, typer.Option("--fetch", help="First fetch the rows of other gateways from `telemetry.store`.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Say which checkpoint served how many calls, how they ended and how long they took.

    Reads the gateway's log in the study's folder, also while it is written. Copies of calls (`shadow`) are never part
    of production's figures.

    Examples: `passgap telemetry studies/autocomplete`,
    `passgap telemetry studies/autocomplete --sql "select outcome, count(*) n from calls group by 1"`,
    `passgap telemetry studies/autocomplete --export telemetry-parquet`,
    `passgap telemetry studies/autocomplete --pairs 3`, `passgap telemetry studies/autocomplete --fetch`
    """
    from passgap.promotion.telemetry.reading import telemetry_folder  # noqa: PLC0415

    if not study.exists():
        raise StudyError(f"there is no study at {study}", ["Name the folder that holds `serve.yaml`."])
    folder = telemetry_folder(study.parent if study.is_file() else study)
    if fetch:
        from passgap.promotion.fetching import fetch_rows  # noqa: PLC0415

        stderr.print(f"{fetch_rows(study)} new rows of other gateways.")
    if sql is not None:
        from passgap.promotion.telemetry.queries import query  # noqa: PLC0415

        _rows(query(folder, sql), as_json=as_json)
    elif export is not None:
        from passgap.promotion.telemetry.parquet import export_parquet  # noqa: PLC0415

        written = [str(each) for each in export_parquet(folder, export)]
        emit_json({"written": written}) if as_json else stdout.print("\n".join(written) or "No rows yet.")
    elif pairs is not None:
        _pairs(folder, pairs, as_json=as_json)
    elif call is not None:
        _rows(_of_call(folder, call), as_json=as_json)
    else:
        _summary(folder, as_json=as_json)


def _pairs(folder: Path, count: int, *, as_json: bool) -> None:
    from passgap.promotion.telemetry.pairs import last_pairs  # noqa: PLC0415

    found = last_pairs(folder, count)
    if as_json:
        emit_json({"pairs": [each.model_dump(mode="json") for each in found]})
        return
    if not found:
        stdout.print("No mirrored calls that both models answered yet.")
    for each in found:
        sides = (("production", each.production), ("candidate", each.candidate))
        table = Table(title=Text(f"{each.pair_id}, {each.route}"), show_lines=True)
        for name, side in sides:
            table.add_column(Text(f"{name}: {side.checkpoint}"), overflow="fold", ratio=1)
        table.add_row(*(Text(_summary_of(side)) for _, side in sides))
        if any(side.answer is not None for _, side in sides):
            table.add_row(*(Text(harmless(side.answer or "")) for _, side in sides))
        if each.prompt is not None:
            stdout.print(Text(harmless(each.prompt)))
        stdout.print(table)
    if found and all(each.production.answer is None for each in found):
        stdout.print("Texts are kept where `telemetry.contents` in serve.yaml asks for them.")


def _summary_of(side: Side) -> str:
    tokens = "" if side.completion_tokens is None else f", {side.completion_tokens} tokens"
    return f"{side.outcome}, {side.latency_seconds:.3g} s{tokens}"


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
    for each in parts:
        stdout.print(_sentence(each), soft_wrap=True)


def _sentence(part: Part) -> str:
    ended = ", ".join(f"{count} {outcome}" for outcome, count in part.outcomes.items())
    times = [
        f"{name} {value:.3g} s"
        for name, value in (
            ("median", part.latency_median_seconds),
            ("99th percentile", part.latency_99_seconds),
            ("median first token", part.first_token_median_seconds),
        )
        if value is not None
    ]
    who = f"{part.role}: {part.checkpoint}" if part.checkpoint else "refused by the gateway"
    tokens = f"{part.prompt_tokens} prompt and {part.completion_tokens} completion tokens"
    return f"{who}, {part.route}: {part.calls} calls ({ended}); {', '.join((*times, tokens))}"


def _rows(found: list[dict[str, object]], *, as_json: bool) -> None:
    if as_json:
        import json  # noqa: PLC0415

        emit_json({"rows": json.loads(json.dumps(found, default=str))})
        return
    if not found:
        stdout.print("No rows.")
        return
    if any(set(each) != set(found[0]) for each in found) or len(found[0]) > 8:
        for each in found:
            stdout.print("\n".join(f"{name}: {value}" for name, value in each.items()) + "\n", soft_wrap=True)
        return
    table = Table(*found[0])
    for each in found:
        table.add_row(*map(str, each.values()))
    stdout.print(table)
