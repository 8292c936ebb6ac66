"""Rows of Exercism's exercises, written from problems: the way back of ``exercism``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from passgap.records import Problem, RepositoryTests

_OWN = frozenset({"test/catch.hpp", "test/tests-main.cpp", "passgap-run.mjs", "package.json"})
"""Stand-ins for a track's test framework that are laid over the tree with its tests."""
_OWN_FOLDER = "passgap/"


def written_files(problem: Problem, tests: RepositoryTests, config: str, instructions: str) -> dict[str, str]:
    """The files of an exercise.

    Args:
        problem: the exercise.
        tests: its tests.
        config: the path of its configuration.
        instructions: the path of its instructions.

    Raises:
        ValueError: it has no solution, or one without a file that it solves.
    """
    body = problem.body or {}
    tree, solved = _texts(body.get("files")), _texts(body.get("solution"))
    hidden = {path: text for path, text in tests.files.items() if path not in _OWN and not path.startswith(_OWN_FOLDER)}
    if not solved:
        raise ValueError(f"{problem.id}: `body.solution` is empty, and an exercise states one")
    patterns = body.get("editable")
    solution = [str(path) for path in patterns] if isinstance(patterns, list) else []
    if problem.language == "java":
        solution = [path for path in solved if path in tree]
    examples = _examples(solved, solution)
    stated = {
        "solution": solution,
        "test": [path for path in hidden if problem.language != "go" or path.endswith("_test.go")],
        "example": list(examples),
    }
    return {
        instructions: f"{problem.prompt}\n",
        config: json.dumps({"files": stated}, indent=2, ensure_ascii=False) + "\n",
        **examples,
        **tree,
        **hidden,
    }


def _examples(solved: Mapping[str, str], solution: Sequence[str]) -> dict[str, str]:
    """The texts of the solution by where an exercise keeps them, in the order of the files that they solve."""
    order = [path for path in solution if path in solved]
    paths = [*order, *(path for path in solved if path not in order)]
    if len(paths) == 1 and not paths[0].endswith(".java"):
        return {f".meta/example{PurePosixPath(paths[0]).suffix}": solved[paths[0]]}
    return {f".meta/examples/{path}": solved[path] for path in paths}


def _texts(held: Any) -> dict[str, str]:
    return {str(path): str(text) for path, text in held.items()} if isinstance(held, dict) else {}
