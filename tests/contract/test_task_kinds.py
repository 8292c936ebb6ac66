"""Every kind of task of the table keeps the contract."""

from __future__ import annotations

import pytest

from passgap.records import AssertTests, Problem, RepositoryTests, ScriptTests
from passgap.tasks.kinds import KINDS, TaskKind
from passgap.tasks.kinds.prediction import Predicted, prediction_problem
from passgap.testing import TaskKindContract

ADD = "def add(a, b):\n    return a + b\n"
ADDS = AssertTests(statements=("assert add(1, 2) == 3",))
PROBLEMS = {
    "infill": Problem(
        id="infill",
        prompt="def add(a, b):\n    total = a\n",
        entry_point="add",
        tests=ADDS,
        reference="def add(a, b):\n    total = a\n    total += b\n    return total\n",
        source="contract",
        kind="infill",
        body={"suffix": "    return total\n"},
    ),
    "bug-fix": Problem(
        id="bug-fix",
        prompt="`add` should add.",
        entry_point="add",
        tests=ADDS,
        reference=ADD,
        source="contract",
        kind="bug-fix",
        body={"buggy": "def add(a, b):\n    return a - b\n"},
    ),
    "repository-edit": Problem(
        id="repository-edit",
        prompt="Write `add`.",
        tests=RepositoryTests(
            modules=("add",), files={"test_add.py": "from add import add\n\ndef test():\n    assert add(1, 2) == 3\n"}
        ),
        source="contract",
        kind="repository-edit",
        body={"files": {"add.py": "def add(a, b): ...\n"}, "editable": ["add.py"], "solution": {"add.py": ADD}},
    ),
    "snippet": Problem(
        id="snippet",
        prompt="def add(a, b):\n    # BEGIN SOLUTION",
        tests=ScriptTests(code="context = 'def add(a, b):\\n[insert]'", calls=("test(solution)",), environment="none"),
        reference="    return a + b\n",
        source="contract",
        kind="snippet",
    ),
    "prediction": prediction_problem(
        code="def f(a):\n    return a + 1\n",
        arguments="2",
        result="3",
        predict=Predicted.OUTPUT,
        id="prediction",
        source="contract",
    ),
}
ANSWERS = {
    "infill": ("It goes:\n\n```python\n    total += b\n```\n", PROBLEMS["infill"].reference),
    "snippet": ("So:\n\n```python\n    return a + b\n```\n", PROBLEMS["snippet"].reference),
    "repository-edit": (f"Here it is:\n\nadd.py\n```python\n{ADD}```\n", f"==> add.py <==\n{ADD}"),
    "prediction": ("```python\nassert f(2) == 3\n```\n", PROBLEMS["prediction"].reference),
}


class TestEveryKind(TaskKindContract):
    @pytest.fixture(params=KINDS.names())
    def kind(self, request: pytest.FixtureRequest) -> TaskKind:
        return KINDS[request.param]

    def problem(self, kind: TaskKind) -> Problem:
        return PROBLEMS[kind.name] if kind.name in PROBLEMS else super().problem(kind)

    def answer(self, problem: Problem) -> tuple[str, str]:
        answer, program = ANSWERS.get(problem.id, (None, None))
        return super().answer(problem) if answer is None or program is None else (answer, program)
