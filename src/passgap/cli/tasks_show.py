"""``passgap tasks show``: the task sets that there are, or the contents of one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.table import Table

from passgap.cli.output import JsonOption, emit_json, stdout
from passgap.tasks import SOURCES, load_tasks


def tasks_show(
    tasks: Annotated[
        str | None,
        typer.Argument(metavar="[TASKS]", help="The name of a task set, or a JSONL file.", show_default=False),
    ] = None,
    split: Annotated[str | None, typer.Option(help="Which split of the set.")] = None,
    path: Annotated[Path | None, typer.Option(help="The file of a set that passgap does not ship.")] = None,
    window: Annotated[str | None, typer.Option(help="Only problems dated so, such as 2025-02..2025-05.")] = None,
    scoring: Annotated[str | None, typer.Option(help="The rules of scoring, of a set that has several.")] = None,
    problem: Annotated[str | None, typer.Option(help="Show this problem in full.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Show a task set: its size by difficulty, or one of its problems. Without a name, list the sets that there are.

    Examples: `passgap tasks show`, `passgap tasks show starter --split pool`,
    `passgap tasks show mbpp --path mbpp.jsonl --problem mbpp/11`
    """
    if tasks is None:
        _list_sources(as_json)
        return
    loaded = load_tasks(tasks, split=split, path=path, window=window, scoring=scoring)
    chosen = [each for each in loaded.problems if problem in (None, each.id)]
    known = SOURCES[tasks].peculiar if tasks in SOURCES else {}
    peculiar = {each.id: known[each.id] for each in chosen if each.id in known}
    if as_json:
        found = {"name": loaded.name, "digest": loaded.digest, "problems": [each.id for each in chosen]}
        emit_json({**found, "peculiar": peculiar})
        return
    if problem is not None:
        for each in chosen:
            stdout.print(each.prompt, markup=False)
            stdout.print(each.tests.model_dump(mode="json"))
            stdout.print(each.reference or "no reference solution", markup=False)
        _print_peculiar(peculiar)
        return
    table = Table("difficulty", "problems", title=f"{loaded.name}, digest {loaded.digest[:12]}", box=box.SIMPLE)
    for difficulty, count in sorted(Counter(each.difficulty for each in chosen).items()):
        table.add_row(difficulty, str(count))
    table.add_row("all", str(len(chosen)), style="bold")
    stdout.print(table)
    _print_peculiar(peculiar)


def _print_peculiar(peculiar: Mapping[str, str]) -> None:
    """Name the problems whose outcome depends on more than the program asked for."""
    for name, reason in peculiar.items():
        stdout.print(f"{name}: {reason}", markup=False)


def _list_sources(as_json: bool) -> None:
    """List the sources of problems with what is known of each."""
    fields = ("name", "caption", "splits", "file", "difficulty", "dates", "licence", "scorings")
    if as_json:
        emit_json([{field: getattr(source, field) for field in fields} for source in SOURCES.values()])
        return
    table = Table("name", "set", box=box.SIMPLE)
    for source in SOURCES.values():
        splits = f"splits: {', '.join(source.splits)}; the first by default" if source.splits else "no splits"
        rules = [f"scoring {name}: {rule}" for name, rule in source.scorings.items()]
        known = (
            source.caption,
            f"{splits}; file: {source.file.value}",
            f"difficulty: {source.difficulty}; dates: {source.dates}; licence: {source.licence}",
            *rules,
        )
        table.add_row(source.name, "\n".join(known), end_section=True)
    stdout.print(table)
