"""The starter set's problems put as tasks of the other kinds: a gap, a bug, a program, a call, a repository."""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from passgap.records import AssertTests, Problem, StdioCase, StdioTests
from passgap.tasks.kinds.prediction import Predicted, prediction_problem
from passgap.tasks.kinds.repository_edit import python_tests
from passgap.tasks.sources._mutations import with_bug
from passgap.tasks.sources.base import FileUse, Source
from passgap.tasks.sources.starter import SOURCE as STARTER
from passgap.tasks.sources.starter import SPLITS
from passgap.tasks.taskset import TaskSet, task_set

NAME = "starter-kinds"


class StarterKinds(Source):
    """Each kind of task in two splits, which hold what the starter set's own splits hold.

    A problem that cannot be put as a kind is left out: a call whose values JSON does not have, or code in which no
    single change breaks a test.
    """

    name = NAME
    position = 8
    caption = "the starter set as gaps, bugs, programs, calls and repositories"
    licence = "Apache-2.0"
    difficulty = "easy, medium or hard, that of the function"
    dates = "none stated"
    file = FileUse.NONE

    @property
    def splits(self) -> tuple[str, ...]:  # type: ignore[override]
        return tuple(f"{kind}-{split}" for kind in _KINDS for split in SPLITS)

    def load(self, split: str | None, path: Path | None) -> TaskSet:
        """Load a split, such as ``infill-heldout``."""
        assert split is not None, "the set has splits"
        kind, _, part = split.rpartition("-")
        return task_set(f"{NAME}/{split}", _problems(kind, part))


SOURCE = StarterKinds()


@cache
def _problems(kind: str, part: str) -> tuple[Problem, ...]:
    made = (_KINDS[kind](problem) for problem in STARTER.load(part, None).problems)
    return tuple(each for each in made if each is not None)


def _stated(problem: Problem, kind: str) -> dict[str, Any]:
    """The fields that a problem keeps."""
    return {"id": f"{kind}/{problem.id}", "difficulty": problem.difficulty, "source": problem.source}


def _infill(problem: Problem) -> Problem | None:
    """One line below the head is taken out: which one is decided by the problem's id."""
    assert problem.reference is not None
    lines = problem.reference.splitlines(keepends=True)
    places = [at for at, line in enumerate(lines) if at and line.strip() and not line.lstrip().startswith(("#", '"""'))]
    if not places:
        return None
    at = places[int.from_bytes(hashlib.sha256(problem.id.encode()).digest()[:4], "big") % len(places)]
    description = "".join(f"# {line}\n" for line in problem.prompt.splitlines())
    before = description + "".join(lines[:at])
    return Problem(
        prompt=before,
        entry_point=problem.entry_point,
        tests=problem.tests,
        reference=description + problem.reference,
        kind="infill",
        body={"suffix": "".join(lines[at + 1 :]), "cut": "line"},
        **_stated(problem, "infill"),
    )


def _bug_fix(problem: Problem) -> Problem | None:
    assert problem.reference is not None and isinstance(problem.tests, AssertTests)
    buggy = with_bug(problem.reference, str(problem.entry_point))
    if buggy is None:
        return None
    return Problem(
        prompt=f"This code has a bug. It should do this:\n{problem.prompt}",
        entry_point=problem.entry_point,
        tests=problem.tests,
        reference=problem.reference,
        kind="bug-fix",
        body={"buggy": buggy},
        **_stated(problem, "bug-fix"),
    )


def _stdio(problem: Problem) -> Problem | None:
    calls = list(_calls(problem))
    if not calls:
        return None
    cases = tuple(StdioCase(stdin=f"{json.dumps(args)}\n", stdout=f"{json.dumps(result)}\n") for args, result in calls)
    args, result = calls[0]
    return Problem(
        prompt=(
            f"{problem.prompt}\n\nRead its arguments as a JSON list, print JSON: {json.dumps(args)} gives "
            f"{json.dumps(result)}."
        ),
        tests=StdioTests(cases=cases),
        reference=(
            f"import json\n\n\n{problem.reference}\n\nprint(json.dumps({problem.entry_point}(*json.loads(input()))))\n"
        ),
        kind="stdio",
        **_stated(problem, "stdio"),
    )


def _prediction(problem: Problem) -> Problem | None:
    call = next(_written(problem), None)
    if call is None:
        return None
    arguments, result = call
    return prediction_problem(
        code=problem.reference or "",
        function=problem.entry_point or "",
        arguments=arguments,
        result=result,
        predict=Predicted.OUTPUT,
        **_stated(problem, "prediction"),
    )


def _repository(problem: Problem) -> Problem:
    assert isinstance(problem.tests, AssertTests) and problem.reference is not None
    name = str(problem.entry_point)
    head = problem.reference[problem.reference.index(f"def {name}(") :].partition("\n")[0]
    files = {
        f"{name}.py": f'"""Work in progress."""\n\n\n{head}\n    raise NotImplementedError\n',
        "README.md": f"# {name}\n\n{problem.prompt}\n",
    }
    body = "\n\n\n".join(
        f"def test_{number}():\n    {statement}" for number, statement in enumerate(problem.tests.statements, start=1)
    )
    hidden = {f"test_{name}.py": f"from {name} import {name}\n\n\n{body}\n"}
    return Problem(
        prompt=f"Implement the function in {name}.py. {problem.prompt}",
        tests=python_tests(files, hidden),
        kind="repository-edit",
        body={"files": files, "editable": [f"{name}.py"], "solution": {f"{name}.py": problem.reference}},
        **_stated(problem, "repository-edit"),
    )


def _written(problem: Problem) -> Iterator[tuple[str, str]]:
    """The arguments and the result of each test that compares one call with a literal, as they are written."""
    assert isinstance(problem.tests, AssertTests)
    for statement in problem.tests.statements:
        node = ast.parse(statement).body[0]
        test = node.test if isinstance(node, ast.Assert) else None
        if not (isinstance(test, ast.Compare) and isinstance(test.left, ast.Call) and isinstance(test.ops[0], ast.Eq)):
            continue
        call, result = test.left, test.comparators[0]
        if isinstance(call.func, ast.Name) and call.func.id == problem.entry_point and not call.keywords:
            arguments = ", ".join(map(ast.unparse, call.args))
            if _literal(f"({arguments},)" if call.args else "()") is not None and _literal(ast.unparse(result)):
                yield arguments, ast.unparse(result)


def _calls(problem: Problem) -> Iterator[tuple[list[Any], Any]]:
    """The calls whose values are the same behind JSON."""
    for arguments, result in _written(problem):
        values = (list(ast.literal_eval(f"({arguments},)" if arguments else "()")), ast.literal_eval(result))
        if json.loads(json.dumps(values)) == list(values):
            yield values


def _literal(text: str) -> tuple[Any] | None:
    """The value of a literal, in a tuple; None where it is none, or none that JSON could hold."""
    try:
        value = ast.literal_eval(text)
        json.dumps(value)
    except (ValueError, TypeError, SyntaxError):
        return None
    return (value,)


_KINDS: dict[str, Callable[[Problem], Problem | None]] = {
    "infill": _infill,
    "bug-fix": _bug_fix,
    "stdio": _stdio,
    "prediction": _prediction,
    "repository-edit": _repository,
}
