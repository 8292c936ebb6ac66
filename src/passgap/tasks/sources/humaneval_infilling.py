"""HumanEval-Infilling (Bavarian et al. 2022, arXiv 2207.14255): HumanEval's references with a part missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from passgap.records import CheckTests, Problem, ProblemLimits, PromptKind
from passgap.tasks.json_lines import JsonObject
from passgap.tasks.rows import as_read, behind, number_of, read_rows
from passgap.tasks.sources.base import FileUse, Source
from passgap.tasks.taskset import TaskSet, task_set

NAME = "humaneval-infilling"
SECONDS = 3


class HumanEvalInfilling(Source):
    """A file of the set: single lines, several lines, or spans.

    As in the set's own scorer, a program is what stands before the gap, the completion as it was written, and what
    stands behind it; nothing is cut. The pass rate of an empty middle is the floor of a file: 2.6 % of single lines.
    """

    name = NAME
    position = 10
    caption = "HumanEval-Infilling: the missing middle of a Python function (arXiv 2207.14255)"
    licence = "MIT"
    difficulty = "the kind of the gap"
    dates = "none stated; published in July 2022, after HumanEval of July 2021"
    file = FileUse.REQUIRED
    writes = True

    def load(self, split: str | None, path: Path | None) -> TaskSet:
        """Load the problems of a file.

        Raises:
            StudyError: the file is not there, or any line is no problem of the set.
        """
        assert path is not None, "a file is required"
        problems = read_rows(path, _problem, "HumanEval-Infilling's problems", name=lambda problem: problem.id)
        return task_set(NAME, problems)

    def row_of(self, problem: Problem) -> dict[str, Any]:
        stated, tests = number_of(problem, CheckTests)
        after = str((problem.body or {})["suffix"])
        row = {
            "task_id": stated,
            "entry_point": problem.entry_point,
            "prompt": problem.prompt,
            "suffix": after,
            "canonical_solution": behind(problem, problem.prompt).removesuffix(after),
            "test": tests.code,
        }
        return as_read(problem, row, _problem)


SOURCE = HumanEvalInfilling()


def _problem(row: JsonObject) -> Problem:
    stated, before, after = str(row["task_id"]), str(row["prompt"]), str(row["suffix"])
    return Problem(
        id=f"{NAME}/{stated}",
        prompt=before,
        prompt_kind=PromptKind.CODE,
        entry_point=row["entry_point"],
        tests=CheckTests(code=row["test"]),
        reference=before + row["canonical_solution"] + after,
        difficulty=stated.partition("/")[0],
        source=NAME,
        kind="infill",
        body={"suffix": after},
        limits=ProblemLimits(seconds=SECONDS),
    )
