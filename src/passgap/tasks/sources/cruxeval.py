"""CRUXEval (Gu et al. 2024, arXiv 2401.03065): predict the result of a call, or arguments that give a result."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from passgap.records import AssertTests, Problem, ProblemLimits
from passgap.tasks.json_lines import JsonObject
from passgap.tasks.kinds.prediction import ENTRY_POINT, Predicted, called_with, prediction_problem
from passgap.tasks.rows import as_read, number_of, read_rows
from passgap.tasks.sources.base import FileUse, Source
from passgap.tasks.taskset import TaskSet, task_set

NAME = "cruxeval"
SECONDS = 3
_ASSERTED = f"assert {ENTRY_POINT}() == ("


class CruxEval(Source):
    """The file ``cruxeval.jsonl``. Results are compared outside the jail; an answer that is no value is not run.

    The set's own scorer runs ``assert result == answer`` for 3 s, and refuses arguments that call the function.
    """

    name = NAME
    position = 9
    caption = "CRUXEval: predict what a Python function returns, or what it was given (arXiv 2401.03065)"
    licence = "MIT"
    difficulty = "none stated"
    dates = "none stated; published in January 2024"
    splits = (Predicted.OUTPUT.value, Predicted.INPUT.value)
    file = FileUse.REQUIRED
    writes = True

    def load(self, split: str | None, path: Path | None) -> TaskSet:
        """Load one side of the prediction.

        Raises:
            StudyError: the file is not there, or any line is no problem of the set.
        """
        assert path is not None and split is not None, "a file is required, and there are splits"
        side = Predicted(split)
        problems = read_rows(path, lambda row: _problem(row, side), "CRUXEval's problems", name=lambda each: each.id)
        return task_set(f"{NAME}/{split}", problems)

    def row_of(self, problem: Problem) -> dict[str, Any]:
        """A side that is asked for is read from the reference, the other one from the problem's body."""
        stated, tests = number_of(problem, AssertTests)
        side, _, name = stated.partition("/")
        result = tests.statements[0].removeprefix(_ASSERTED).removesuffix(")")
        arguments = str((problem.body or {})["given"]) if side == Predicted.OUTPUT else called_with(problem)
        row = {"id": name, "code": problem.prompt, "input": arguments, "output": result}
        return as_read(problem, row, lambda read: _problem(read, Predicted(side)))


SOURCE = CruxEval()


def _problem(row: JsonObject, side: Predicted) -> Problem:
    code, arguments, result = (row[name] for name in ("code", "input", "output"))
    if not all(isinstance(text, str) for text in (code, arguments, result)):
        raise TypeError("`code`, `input` and `output` should be text")
    return prediction_problem(
        code=code,
        arguments=arguments,
        result=result,
        predict=side,
        id=f"{NAME}/{side.value}/{row['id']}",
        source=NAME,
        limits=ProblemLimits(seconds=SECONDS),
    )
