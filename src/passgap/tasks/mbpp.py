"""MBPP (Austin et al. 2021, arXiv 2108.07732): 974 problems, split by their number."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from passgap.errors import StudyError
from passgap.records import AssertTests, Problem
from passgap.tasks.asserts import defined_functions, entry_point_of
from passgap.tasks.taskset import TaskSet, task_set

NAME = "mbpp"
HUB_ID = "google-research-datasets/mbpp"
SPLITS = {"prompt": range(1, 11), "test": range(11, 511), "validation": range(511, 601), "train": range(601, 975)}
"""The official split, by task id."""


def load_mbpp(path: Path | None, split: str | None) -> TaskSet:
    """Load a split from ``mbpp.jsonl``, or from the hub where no path is given.

    Raises:
        StudyError: there is no such split or file, the hub cannot be reached, or the file is not MBPP.
    """
    if split not in SPLITS:
        raise StudyError(f"MBPP has no split {split!r}", [f"It has: {', '.join(SPLITS)}."])
    rows = _from_hub() if path is None else _from_file(path)
    wanted = [row for row in rows if int(row["task_id"]) in SPLITS[split]]
    if len(wanted) != len(SPLITS[split]):
        raise StudyError(
            f"the MBPP split {split} is incomplete",
            [f"{len(wanted)} of {len(SPLITS[split])} problems were found. Fetch the file again."],
        )
    return task_set(f"{NAME}/{split}", [_problem(row) for row in wanted])


def _from_file(path: Path) -> list[Mapping[str, Any]]:
    if not path.exists():
        raise StudyError(f"{path} is not there", ["Give the path of `mbpp.jsonl`, or none to use the hub."])
    try:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        if all({"task_id", "text", "code", "test_list"} <= row.keys() for row in rows):
            return rows
    except (ValueError, AttributeError) as error:
        raise StudyError(f"{path} is not MBPP", [f"{error}"]) from error
    raise StudyError(f"{path} is not MBPP", ["Its lines need `task_id`, `text`, `code` and `test_list`."])


def _from_hub() -> list[Mapping[str, Any]]:
    import datasets  # noqa: PLC0415 - an extra, loaded when it is needed

    try:
        loaded = datasets.load_dataset(HUB_ID, "full")
    except (OSError, ValueError, ConnectionError) as error:
        raise StudyError(
            "MBPP could not be fetched from the hub", [f"{error}. Give a local file: `path: mbpp.jsonl`."]
        ) from error
    return [row for part in loaded.values() for row in part]


def _problem(row: Mapping[str, Any]) -> Problem:
    statements = tuple(str(statement).replace("\r\n", "\n").strip() for statement in row["test_list"])
    code = str(row["code"]).replace("\r\n", "\n")
    return Problem(
        id=f"{NAME}/{row['task_id']}",
        prompt=str(row["text"]).strip(),
        entry_point=entry_point_of(statements, defined_functions(code)),
        tests=AssertTests(setup=str(row.get("test_setup_code") or "").replace("\r\n", "\n"), statements=statements),
        reference=code,
        source=NAME,
    )
