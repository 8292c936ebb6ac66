"""``passgap tasks``: what is in a task set, and what of the pool is too close to the held-out set."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.table import Table

from passgap.cli import console
from passgap.cli.study_options import StudyArgument, opened
from passgap.tasks import load_tasks


def show(
    tasks: Annotated[str, typer.Argument(metavar="TASKS", help="`starter`, `mbpp`, `humaneval`, or a JSONL file.")],
    split: Annotated[str | None, typer.Option(help="Which split of the set.")] = None,
    path: Annotated[Path | None, typer.Option(help="The file of a set that passgap does not ship.")] = None,
    problem: Annotated[str | None, typer.Option(help="Show this problem whole.")] = None,
    as_json: console.JsonOption = False,
) -> None:
    """Show a task set: its size by difficulty, or one of its problems.

    Examples: `passgap tasks show starter --split pool`, `passgap tasks show mbpp --path mbpp.jsonl --problem mbpp/11`
    """
    loaded = load_tasks(tasks, split=split, path=path)
    chosen = [each for each in loaded.problems if problem in (None, each.id)]
    if as_json:
        console.emit_json({"name": loaded.name, "digest": loaded.digest, "problems": [each.id for each in chosen]})
        return
    if problem is not None:
        for each in chosen:
            console.out.print(each.prompt, markup=False)
            console.out.print(each.tests.model_dump(mode="json"))
            console.out.print(each.reference or "no reference solution", markup=False)
        return
    table = Table("difficulty", "problems", title=f"{loaded.name}, digest {loaded.digest[:12]}", box=box.SIMPLE)
    for difficulty, count in sorted(Counter(each.difficulty for each in chosen).items()):
        table.add_row(difficulty, str(count))
    table.add_row("all", str(len(chosen)), style="bold")
    console.out.print(table)


def contamination(study: StudyArgument, as_json: console.JsonOption = False) -> None:
    """List every pool problem that is too close to a held-out problem, with the rule that says so.

    Example: `passgap tasks contamination studies/autocomplete`
    """
    log = opened(study, as_json=as_json).contamination()
    if as_json:
        console.emit_json(log)
        return
    table = Table("item", "matched", "rule", "similarity, 0 to 1", title=f"{len(log.items)} matches", box=box.SIMPLE)
    for each in log.items:
        table.add_row(each.item, each.matched, each.rule, f"{each.score:.2f}")
    console.out.print(table)
