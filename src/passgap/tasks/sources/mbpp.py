"""MBPP (Austin et al. 2021, arXiv 2108.07732): 974 problems, split by their number."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from passgap.errors import StudyError
from passgap.languages.python.assertions import assertions_of, defined_functions, entry_point_of
from passgap.quiet import quiet_libraries
from passgap.records import AssertTests, Problem
from passgap.tasks.json_lines import Row, describe, read_rows, shown
from passgap.tasks.taskset import TaskSet, task_set

NAME = "mbpp"
HUB_ID = "google-research-datasets/mbpp"
ALL = "all"
SPLITS = {
    "prompt": range(1, 11),
    "test": range(11, 511),
    "validation": range(511, 601),
    "train": range(601, 975),
    ALL: range(1, 975),
}
"""The official split, by task id; and all of it, of which EvalPlus's MBPP+ is a part."""

PECULIAR = {
    123: "its reference takes about three seconds of processor time; a tight time limit counts right programs as slow",
    367: "its tests build their input with a class `Node` that the description does not mention",
    927: "its tests build their input with a class `Node` that the description does not mention",
}
"""Problems whose outcome depends on more than the program asked for, by task id. They are kept, so that figures stay
comparable with published ones. All 974 references pass their own asserts on Python 3.11, under several hash seeds."""


def known_split(split: str) -> str:
    """The split, where there is one of this name.

    Raises:
        StudyError: there is none.
    """
    if split not in SPLITS:
        raise StudyError(f"MBPP has no split {split!r}", [f"It has: {', '.join(SPLITS)}."])
    return split


def load_mbpp(path: Path | None, split: str) -> TaskSet:
    """Load a split of the full set.

    Args:
        path: ``mbpp.jsonl`` as published; a hub id in its place, or none for :data:`HUB_ID`, is fetched.
        split: one of :data:`SPLITS`.

    Raises:
        StudyError: there is no such split or file, the hub cannot be reached, or what was read is not all of MBPP.
    """
    known_split(split)
    numbered = dict(_from_hub(path) if path is None or _is_hub_id(path) else read_rows(path, _problem, "MBPP problems"))
    missing = [str(number) for number in SPLITS[split] if number not in numbered]
    if missing:
        raise StudyError(
            f"the MBPP split {split} is incomplete",
            [f"{len(missing)} of its {len(SPLITS[split])} problems are missing: {', '.join(shown(missing))}."],
        )
    return task_set(f"{NAME}/{split}", [numbered[number] for number in SPLITS[split]])


def _is_hub_id(path: Path) -> bool:
    return len(path.parts) == 2 and not path.is_absolute() and not path.suffix and not path.exists()


def _from_hub(path: Path | None) -> Sequence[tuple[int, Problem]]:
    name = HUB_ID if path is None else path.as_posix()
    remedy = "Give the file instead: `path: mbpp.jsonl`."
    try:
        import datasets  # noqa: PLC0415 - an extra, loaded when it is needed

        with quiet_libraries(bars=True):
            parts = datasets.load_dataset(name, "full")
    except ImportError as error:
        raise StudyError(
            "MBPP is fetched with the package `datasets`, which is not installed",
            [f"Install it with `pip install passgap[local]`. {remedy}"],
        ) from error
    except (OSError, ValueError) as error:
        raise StudyError(f"{name} could not be fetched from the hub", [f"{error}. {remedy}"]) from error
    try:
        return [_problem(row) for part in parts.values() for row in part]
    except (ValueError, KeyError, TypeError) as error:
        raise StudyError(f"{name} does not hold MBPP problems", [f"{describe(error)}. {remedy}"]) from error


def _problem(row: Row) -> tuple[int, Problem]:
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
