"""The format of EvalPlus (Liu et al. 2023, arXiv 2305.01210), which HumanEval+ and MBPP+ share."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from passgap.records import Problem, PromptKind, ReferenceTests
from passgap.tasks.json_lines import JsonObject
from passgap.tasks.rows import as_read, behind, number_of, read_rows
from passgap.tasks.sources.base import FileUse, Source
from passgap.tasks.taskset import TaskSet, task_set

PLUS, BASE = "plus", "base"

Inputs = list[list[Any]]


class _Numbers(ast.NodeTransformer):
    """Reads the names of numbers that have no literal as these numbers."""

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """Replace ``inf`` and ``nan``."""
        known = node.id in ("inf", "nan")
        return ast.copy_location(ast.Constant(float(node.id)), node) if known else node


def _in_json(value: Any) -> Any:
    """A value as the set's files have it: sets and tuples are lists there, and complex numbers text."""
    if isinstance(value, list | tuple):
        return [_in_json(each) for each in value]
    if isinstance(value, set | frozenset):
        return [_in_json(each) for each in sorted(value, key=repr)]
    if isinstance(value, dict):
        return {key: _in_json(each) for key, each in value.items()}
    return str(value) if isinstance(value, complex) else value


class EvalPlusSource(Source):
    """A file of the format. Expected values are those of the reference, which is run in the jail before any sample.

    EvalPlus allows each input 4 s or four times the reference's time, and 60 s in all; here the study's limit holds for
    all inputs together. Contracts, which check inputs, are not run.
    """

    splits = (PLUS, BASE)
    file = FileUse.REQUIRED
    writes = True
    scorings = {  # noqa: RUF012 - never changed
        "evalplus": "`==`, floats within 1e-6, the set's special cases; all inputs"
    }
    prompt_kind: PromptKind
    prefix: str
    """The beginning of the ids in a file."""
    oracles: Mapping[str, str]
    """Problems with a special case, by id as in the file, and the name of it."""

    def inputs(self, name: str, given: Inputs) -> Inputs:
        """The arguments of calls as they were before they became JSON."""
        return given

    def row_of(self, problem: Problem) -> dict[str, Any]:
        """All inputs stand among those of the base set: which of them EvalPlus added is not kept."""
        number, tests = number_of(problem, ReferenceTests)
        try:
            calls = [ast.literal_eval(_Numbers().visit(ast.parse(call, mode="eval"))) for call in tests.calls]
        except (ValueError, SyntaxError, RecursionError, MemoryError) as error:
            raise ValueError(f"{problem.id}: `tests.calls` holds more than values") from error
        row = {
            "task_id": f"{self.prefix}/{number}",
            "prompt": problem.prompt,
            "entry_point": problem.entry_point,
            "canonical_solution": behind(problem, problem.prompt),
            "base_input": [[_in_json(value) for value in call] for call in calls],
            "plus_input": [],
            "atol": tests.abs_tol,
            "contract": "",
        }
        return as_read(problem, row, lambda read: self._problem(read, base=False))

    def load(self, split: str | None, path: Path | None) -> TaskSet:
        """Load the problems of a file, with all inputs or those of the base set alone.

        Raises:
            StudyError: the file is not there, or any line is no problem of the format.
        """
        assert path is not None, "a file is required"
        build: Callable[[JsonObject], Problem] = lambda row: self._problem(row, split == BASE)  # noqa: E731
        problems = read_rows(path, build, f"problems of {self.name}", name=lambda problem: problem.id)
        return task_set(f"{self.name}/{split}", problems)

    def _problem(self, row: JsonObject, base: bool) -> Problem:
        stated = str(row["task_id"])
        given = [*row["base_input"], *([] if base else row["plus_input"] or [])]
        reference = str(row["prompt"]) + str(row["canonical_solution"])
        return Problem(
            id=f"{self.name}/{stated.rpartition('/')[2]}",
            prompt=row["prompt"],
            prompt_kind=self.prompt_kind,
            entry_point=row["entry_point"],
            tests=ReferenceTests(
                program=reference,
                calls=tuple(repr(tuple(each)) for each in self.inputs(stated, given)),
                comparison="evalplus",
                abs_tol=row["atol"],
                oracle=self.oracles.get(stated),
            ),
            reference=reference,
            source=self.name,
        )
