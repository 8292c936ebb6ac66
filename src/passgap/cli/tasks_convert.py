"""``passgap tasks convert``: any task set as passgap's JSON lines, or as rows of the public set that it is of."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from passgap.cli.output import JsonOption, emit_json, stdout
from passgap.converting import write_rows, write_tasks
from passgap.tasks import load_tasks


def tasks_convert(  # noqa: PLR0913, PLR0917 - each is an option of the command line
    tasks: Annotated[str, typer.Argument(metavar="TASKS", help="The name of a task set, or a JSONL file.")],
    out: Annotated[Path, typer.Option(help="The file that is written; its name ends in .jsonl.")],
    split: Annotated[str | None, typer.Option(help="Which split of the set.")] = None,
    path: Annotated[Path | None, typer.Option(help="The file of a set that passgap does not ship.")] = None,
    window: Annotated[str | None, typer.Option(help="Only problems dated so, such as 2025-02..2025-05.")] = None,
    scoring: Annotated[str | None, typer.Option(help="The rules of scoring, of a set that has several.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="A fixed, nested subset of this many problems.")] = None,
    rows_of: Annotated[
        str | None, typer.Option("--as", metavar="SET", help="Write rows of this public set's own format instead.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write a task set as passgap's own JSON lines, one problem a line, to look at, change or pass on.

    A study or command that names the file has the same problems, scored by the same rules; each keeps the name of its
    set as its source, and with it the licence. Large tests that are kept in the cache are written into the file.

    With `--as`, problems that are of a public set are written in that set's own format, for its own tools: its source
    reads them back as the same problems. Fields of a row that passgap does not keep are empty; what a row cannot carry
    is named, and nothing is written. Repositories are written beside the file.

    Examples: `passgap tasks convert humanevalplus --path HumanEvalPlus.jsonl.gz --out plus.jsonl`,
    `passgap tasks convert livecodebench --path test6.jsonl --window 2025-02..2025-05 --out v6.jsonl`,
    `passgap tasks convert v6.jsonl --as livecodebench --out rows.jsonl`
    """
    loaded = load_tasks(tasks, split=split, path=path, window=window, scoring=scoring, limit=limit)
    written = write_tasks(loaded, out) if rows_of is None else write_rows(loaded, rows_of, out)
    if as_json:
        emit_json({"name": loaded.name, "problems": len(loaded.problems), "out": str(written)})
        return
    stdout.print(f"{len(loaded.problems)} problems of {loaded.name} are in {written}", markup=False)
