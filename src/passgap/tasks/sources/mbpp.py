"""MBPP (Austin et al. 2021, arXiv 2108.07732): 974 problems, split by their number."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from passgap.errors import StudyError
from passgap.languages.python.assertions import assertions_of, defined_functions, entry_point_of
from passgap.records import AssertTests, Problem
from passgap.tasks.hub import fetch_dataset, is_hub_id
from passgap.tasks.json_lines import JsonObject, describe, read_json_lines, shown
from passgap.tasks.rows import as_read, number_of
from passgap.tasks.sources.base import Source
from passgap.tasks.taskset import TaskSet, task_set

NAME = "mbpp"
HUB_ID = "google-research-datasets/mbpp"
SPLITS = {
    "test": range(11, 511),
    "train": range(601, 975),
    "validation": range(511, 601),
    "prompt": range(1, 11),
    "all": range(1, 975),
}
"""The official split, by task id; and all of it, of which EvalPlus's MBPP+ is a part."""

_NODE = "its tests build their input with a class `Node` that the description does not mention"


class Mbpp(Source):
    """The full set, from the file ``mbpp.jsonl`` as published, or a dataset of the hub."""

    name = NAME
    position = 2
    caption = "MBPP: short Python functions from a description and asserts (arXiv 2108.07732)"
    licence = "CC-BY-4.0"
    difficulty = "none stated"
    dates = "none stated; published in August 2021"
    splits = tuple(SPLITS)
    # They are kept, so that figures stay comparable with published ones: all 974 references pass their own asserts.
    peculiar = {  # noqa: RUF012 - never changed
        f"{NAME}/123": "its reference takes about three seconds of processor time: a tight limit fails right programs",
        f"{NAME}/367": _NODE,
        f"{NAME}/927": _NODE,
    }
    writes = True

    def load(self, split: str | None, path: Path | None) -> TaskSet:
        """Load a split. A hub id in the file's place, or no file for :data:`HUB_ID`, is fetched.

        Raises:
            StudyError: there is no such file, the hub cannot be reached, or what was read is not all of the split.
        """
        assert split is not None, "the set has splits"
        fetched = path is None or (is_hub_id(path) and not path.exists())
        numbered = dict(
            _from_hub(path) if path is None or fetched else read_json_lines(path, _problem, "MBPP problems")
        )
        missing = [str(number) for number in SPLITS[split] if number not in numbered]
        if missing:
            raise StudyError(
                f"the MBPP split {split} is incomplete",
                [f"{len(missing)} of its {len(SPLITS[split])} problems are missing: {', '.join(shown(missing))}."],
            )
        return task_set(f"{NAME}/{split}", [numbered[number] for number in SPLITS[split]])

    def row_of(self, problem: Problem) -> dict[str, Any]:
        number, tests = number_of(problem, AssertTests)
        row = {
            "task_id": int(number),
            "text": problem.prompt,
            "code": problem.reference,
            "test_setup_code": tests.setup,
            "test_list": list(tests.statements),
            "challenge_test_list": [],
        }
        return as_read(problem, row, lambda read: _problem(read)[1])


SOURCE = Mbpp()


def _from_hub(path: Path | None) -> Sequence[tuple[int, Problem]]:
    name = HUB_ID if path is None else path.as_posix()
    remedy = "Give the file instead: `path: mbpp.jsonl`."
    parts = fetch_dataset(name, "full", remedy=remedy)
    try:
        return [_problem(row) for part in parts.values() for row in part]
    except (ValueError, KeyError, TypeError) as error:
        raise StudyError(f"{name} does not hold MBPP problems", [f"{describe(error)}. {remedy}"]) from error


def _problem(row: JsonObject) -> tuple[int, Problem]:
    number = int(row["task_id"])
    code, setup = _unix(row["code"]), _unix(row["test_setup_code"])
    tests = assertions_of("\n".join(_unix(statement).strip() for statement in row["test_list"]))
    if tests is None or tests.setup:
        raise ValueError("`test_list` must hold assert statements")
    return number, Problem(
        id=f"{NAME}/{number}",
        prompt=_unix(row["text"]).strip(),
        entry_point=entry_point_of(tests.statements, defined_functions(code)),
        tests=AssertTests(setup=setup, statements=tests.statements),
        reference=code,
        source=NAME,
    )


def _unix(text: str) -> str:
    return str(text).replace("\r\n", "\n")
