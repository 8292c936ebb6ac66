"""The format of EvalPlus (Liu et al. 2023, arXiv 2305.01210), which HumanEval+ and MBPP+ share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from passgap.records import Problem, PromptKind, ReferenceTests
from passgap.tasks.json_lines import JsonObject, read_json_lines
from passgap.tasks.sources.base import FileUse, Source
from passgap.tasks.taskset import TaskSet, task_set

PLUS, BASE = "plus", "base"

Inputs = list[list[Any]]


class EvalPlusSource(Source):
    """A file of the format. Expected values are those of the reference, which is run in the jail before any sample.

    EvalPlus allows each input 4 s or four times the reference's time, and 60 s in all; here the study's limit holds for
    all inputs together. Contracts, which check inputs, are not run.
    """

    splits = (PLUS, BASE)
    file = FileUse.REQUIRED
    scorings = {  # noqa: RUF012 - never changed
        "evalplus": "`==`, floats within 1e-6, the set's special cases; all inputs"
    }
    prompt_kind: PromptKind
    oracles: Mapping[str, str]
    """Problems with a special case, by id as in the file, and the name of it."""

    def inputs(self, name: str, given: Inputs) -> Inputs:
        """The arguments of calls as they were before they became JSON."""
        return given

    def load(self, split: str | None, path: Path | None) -> TaskSet:
        """Load the problems of a file, with all inputs or those of the base set alone.

        Raises:
            StudyError: the file is not there, or any line is no problem of the format.
        """
        assert path is not None, "a file is required"
        build: Callable[[JsonObject], Problem] = lambda row: self._problem(row, split == BASE)  # noqa: E731
        problems = read_json_lines(path, build, f"problems of {self.name}", lambda problem: problem.id)
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
