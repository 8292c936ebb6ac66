"""Edited repositories are tested with hidden tests laid over them: Python's outside the jail, others by a command."""

from __future__ import annotations

import pytest

from passgap.execution import SandboxExecutor
from passgap.records import ExecutionJob, Outcome, OutcomeKind, RepositoryTests, ResultsFormat

ADD = "def add(a, b):\n    return a + b\n"
TWO = {
    "sums/__init__.py": "",
    "sums/core.py": ADD,
    "sums/more.py": "from sums.core import add\n\n\ndef twice(a):\n    return add(a, a)\n",
}
TESTS = {
    "tests/test_add.py": (
        "import unittest\n\nfrom sums import add, sub\n\nclass AddTest(unittest.TestCase):\n"
        "    def test_add(self):\n        self.assertEqual(add(1, 2), 3)\n    def test_sub(self):\n"
        "        self.assertEqual(sub(3, 2), 1)\n"
    )
}
BOTH = ADD + "\n\ndef sub(a, b):\n    return a - b\n"


@pytest.fixture(scope="module")
def executor():
    with SandboxExecutor(workers=1) as opened:
        yield opened


def run(executor, files: dict[str, str], tests: RepositoryTests, language: str = "python") -> Outcome:
    job = ExecutionJob(key="1", program="the edit", tests=tests, files=files, language=language)
    [result] = executor.run([job])
    return result.outcome


def python(files: dict[str, str], *modules: str) -> RepositoryTests:
    return RepositoryTests(files=files, modules=modules)


def test_a_module_passes_and_fails_outside_the_jail(executor) -> None:
    tests = python(TESTS, "sums")
    right, wrong = ({"sums.py": BOTH}, {"sums.py": BOTH.replace("a - b", "a * b")})
    passed, failed = run(executor, right, tests), run(executor, wrong, tests)
    assert (passed.kind, passed.cases, passed.protocol) == (OutcomeKind.PASSED, "PP", "outside")
    assert (failed.kind, failed.cases) == (OutcomeKind.FAILED, "PF")


def test_a_module_that_is_gone_or_lacks_a_name_fails(executor) -> None:
    tests = python(TESTS, "sums")
    assert run(executor, {"other.py": BOTH}, tests).kind is OutcomeKind.FAILED
    assert run(executor, {"sums.py": ADD}, tests).kind is OutcomeKind.FAILED


def test_modules_of_a_package_are_imported_beside_each_other(executor) -> None:
    code = (
        "from sums.more import twice as doubled\nimport sums.core\n\n\ndef test_twice():\n"
        "    assert doubled(4) == 8\n\n\ndef test_add():\n    assert sums.core.add(1, 2) == 3\n"
    )
    tests = python({"test_more.py": code}, "sums.core", "sums.more")
    assert run(executor, TWO, tests).kind is OutcomeKind.PASSED
    wrong = {**TWO, "sums/core.py": ADD.replace("a + b", "a * b")}
    assert run(executor, wrong, tests).cases == "FF"


def test_a_patch_of_a_module_reaches_the_program(executor) -> None:
    code = (
        "from unittest.mock import patch\n\nimport sums\n\n\ndef test_it():\n"
        "    with patch('sums.one', return_value=5):\n        assert sums.two() == 10\n"
    )
    files = {"sums.py": "def one():\n    return 1\n\n\ndef two():\n    return 2 * one()\n"}
    assert run(executor, files, python({"test_it.py": code}, "sums")).kind is OutcomeKind.PASSED


def test_a_program_that_exits_or_forges_does_not_pass(executor) -> None:
    forged = "import sys\nprint('ok')\nsys.exit(0)\n"
    equal = (
        "class Any:\n    def __eq__(self, other):\n        return True\n\n\ndef add(a, b):\n"
        "    return Any()\n\n\nsub = add\n"
    )
    for program in (forged, equal):
        assert run(executor, {"sums.py": program}, python(TESTS, "sums")).kind is OutcomeKind.FAILED


def test_tests_that_cannot_be_used_leave_samples_unscored(executor) -> None:
    for files in ({"data.json": "{}"}, {"test_a.py": "def test_a(:\n"}):
        assert run(executor, {"sums.py": ADD}, python(files, "sums")).kind is OutcomeKind.UNSCORED


BASH = {
    "run.sh": (
        'read nonce\nsource "$(dirname "$0")/sums.sh"\n'
        '[ "$(add 1 2)" = 3 ] && echo "ok 1 - adds" || echo "not ok 1 - adds"\necho "$nonce"\n'
    )
}
BASH_ADD = "add() { echo $(($1 + $2)); }\n"


def bash(form: ResultsFormat, *names: str) -> RepositoryTests:
    return RepositoryTests(files=BASH, command=("{bash}", "{scratch}/run.sh"), results=form, must_pass=names)


def test_a_command_decides_inside_the_jail(executor) -> None:
    tests = bash(ResultsFormat.TAP, "adds")
    passed = run(executor, {"sums.sh": BASH_ADD}, tests, "bash")
    assert (passed.kind, passed.cases, passed.protocol) == (OutcomeKind.PASSED, "P", "inside")
    assert run(executor, {"sums.sh": BASH_ADD.replace("+", "-")}, tests, "bash").kind is OutcomeKind.FAILED


def test_a_test_that_is_not_reported_and_a_status_alone_do_not_pass(executor) -> None:
    exits = {"sums.sh": "exit 0\n"}
    for tests in (bash(ResultsFormat.TAP, "adds"), bash(ResultsFormat.EXIT)):
        outcome = run(executor, exits, tests, "bash")
        assert (outcome.kind, outcome.cases) == (OutcomeKind.FAILED, "?")
    assert run(executor, {"sums.sh": BASH_ADD}, bash(ResultsFormat.EXIT), "bash").kind is OutcomeKind.PASSED
    assert run(executor, {"sums.sh": BASH_ADD}, bash(ResultsFormat.TAP, "adds", "subtracts"), "bash").cases == "P?"


def test_an_edit_of_a_hidden_test_does_not_count(executor) -> None:
    files = {"sums.sh": "add() { echo 0; }\n", "run.sh": "echo 'ok 1 - adds'\n"}
    assert run(executor, files, bash(ResultsFormat.TAP, "adds"), "bash").kind is OutcomeKind.FAILED
