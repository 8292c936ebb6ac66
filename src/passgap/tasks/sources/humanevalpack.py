"""HumanEvalPack (Muennighoff et al. 2023, arXiv 2308.07124), its Python part: HumanEval's functions with a bug each."""

from __future__ import annotations

from pathlib import Path

from passgap.errors import StudyError
from passgap.records import CheckTests, Problem, PromptKind
from passgap.tasks.json_lines import JsonObject, read_json_lines
from passgap.tasks.sources.base import FileUse, Source
from passgap.tasks.taskset import TaskSet, task_set

NAME = "humanevalpack"
SIZE = 164
FIX, SYNTHESIZE = "fix", "synthesize"


class HumanEvalPack(Source):
    """The Python file of the set, as JSON lines: to fix the bug in each function, or to write the function."""

    name = NAME
    position = 4
    caption = "HumanEvalPack, Python: fix the bug in a function, or write it (arXiv 2308.07124)"
    licence = "MIT"
    difficulty = "the type of the bug, in the split `fix`"
    dates = "none stated; published in August 2023, after HumanEval of July 2021"
    splits = (FIX, SYNTHESIZE)
    file = FileUse.REQUIRED

    def load(self, split: str | None, path: Path | None) -> TaskSet:
        """Load a split.

        Raises:
            StudyError: the file is not there, or not the whole of the set's Python part.
        """
        assert path is not None, "a file is required"
        build = _to_fix if split == FIX else _to_write
        problems = read_json_lines(path, build, "HumanEvalPack's problems in Python", lambda problem: problem.id)
        if len(problems) != SIZE:
            raise StudyError(
                f"{path} is not the whole of HumanEvalPack's Python part",
                [f"It holds {len(problems)} of {SIZE} problems."],
            )
        return task_set(f"{NAME}/{split}", problems)


SOURCE = HumanEvalPack()


def _to_fix(row: JsonObject) -> Problem:
    name, buggy = row["entry_point"], row["prompt"] + row["buggy_solution"]
    request = f"Fix the bug in `{name}`. Answer with the whole corrected code, its imports included."
    return Problem(
        id=f"{NAME}/{FIX}/{_number(row)}",
        prompt=f"{request}\n\n{buggy.strip()}",
        entry_point=name,
        tests=_tests(row),
        reference=_reference(row),
        difficulty=row["bug_type"],
        source=NAME,
    )


def _to_write(row: JsonObject) -> Problem:
    return Problem(
        id=f"{NAME}/{SYNTHESIZE}/{_number(row)}",
        prompt=row["prompt"],
        prompt_kind=PromptKind.CODE,
        entry_point=row["entry_point"],
        tests=_tests(row),
        reference=_reference(row),
        source=NAME,
    )


def _number(row: JsonObject) -> int:
    language, _, number = str(row["task_id"]).partition("/")
    if language != "Python":
        raise ValueError(f"`task_id` is {row['task_id']}: only the Python part can be run")
    return int(number)


def _reference(row: JsonObject) -> str:
    return str(row["prompt"] + row["canonical_solution"])


def _tests(row: JsonObject) -> CheckTests:
    """The check function without its call at the end: the sandbox calls it with the program's function."""
    call = f"check({row['entry_point']})"
    definition, found, after = str(row["test"]).rpartition(call)
    if not found or after.strip():
        raise ValueError(f"`test` should end in `{call}`")
    return CheckTests(code=definition)
