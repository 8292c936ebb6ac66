"""Rows of HumanEvalPack and HumanEval-X, written from problems: the way back of ``humanevalpack``."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from passgap.records import CallTests, CheckTests, EmbeddedTests, Problem
from passgap.tasks.call_tests import unembedded_assertions, written_assertions
from passgap.tasks.rows import behind

TESTIFY = '"github.com/stretchr/testify/assert"'
"""The package that the set's tests in Go assert with; tests are split without it."""
_PACKAGE = "package main\n\n"
_IMPORTS = re.compile(r"import \(\n.*?\n\)\n", re.DOTALL)
_BLANK_IMPORT = re.compile(r"^[ \t]+$", re.MULTILINE)


class Parts(NamedTuple):
    """The fields of a row that the tests of a problem decide."""

    test: str
    begun: str | None
    """The program up to the open body; None in Python, where the tests do not hold it."""
    prompt: str | None = None
    """The prompt, in Go."""
    test_setup: str = ""


def parts_of(problem: Problem, go_imports: str) -> Parts:
    """The tests of a problem as a row states them, with the head that they hold.

    Args:
        problem: of one of the sets.
        go_imports: the packages that are imported between the set-up and the prompt of a problem in Go.

    Raises:
        ValueError: they are of a form that the sets do not have; the message names the field.
    """
    tests, name = problem.tests, problem.entry_point or ""
    if isinstance(tests, CheckTests) and problem.language == "python":
        return Parts(f"{tests.code}check({name})", None)
    if not isinstance(tests, CallTests | EmbeddedTests):
        raise ValueError(f"{problem.id}: tests of the style `{tests.style}` are none of the set")
    setup, between, prompt = tests.head.partition(f"\n{go_imports}\n") if problem.language == "go" else ("", "", "")
    try:
        if isinstance(tests, CallTests):
            if tests.closing:
                raise ValueError("`tests.closing`: the set puts nothing behind a program")
            test = written_assertions(problem.language, tests, name)
        else:
            code = tests.code.removeprefix(f"{setup}\n") if between else tests.code
            test = unembedded_assertions(problem.language, code)
    except ValueError as error:
        raise ValueError(f"{problem.id}: {error}") from error
    if problem.language != "go":
        return Parts(test, _within(problem, tests.head))
    if not between:
        raise ValueError(f"{problem.id}: `tests.head` does not hold the imports of the set's tests")
    begun = _within(problem, _PACKAGE + prompt)
    return Parts(test, begun, begun.removeprefix(_PACKAGE), _with_testify(setup))


def _within(problem: Problem, head: str) -> str:
    """The head as the reference begins: tests that were split keep it with a single line's end."""
    reference = problem.reference or ""
    return head if reference.startswith(head) else head.rstrip()


def _with_testify(setup: str) -> str:
    """The set-up of tests in Go with the import that was taken out of it."""
    blank = _BLANK_IMPORT.search(setup)
    if blank is not None:
        return f"{setup[: blank.end()]}{TESTIFY}{setup[blank.end() :]}"
    group, closed, rest = setup.rpartition(")")
    return f"{group}    {TESTIFY}\n{closed}{rest}" if closed else setup


def python_head(reference: str, buggy: str, name: str, *, documented: bool) -> str:
    """The beginning that a program and its buggy version share, up to the open body of a function.

    Args:
        reference: the program.
        buggy: the version.
        name: the function.
        documented: whether its docstring is part of the beginning.
    """
    alike = next((at for at, (one, other) in enumerate(zip(reference, buggy, strict=False)) if one != other), None)
    shared = reference[:alike] if alike is not None else min(reference, buggy, key=len)
    try:
        tree = ast.parse(reference)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        tree = ast.Module(body=[], type_ignores=[])
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == name:
            first = node.body[0]
            has_text = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
            lines = (first.end_lineno or 0) if documented and has_text else first.lineno - 1
            head = "".join(reference.splitlines(keepends=True)[:lines])
            if shared.startswith(head):
                return head
    return shared[: shared.rfind("\n") + 1]


def common_fields(problem: Problem, stated: str, parts: Parts, begun: str) -> dict[str, Any]:
    """The fields that rows of both sets have.

    Args:
        problem: the problem.
        stated: the set's name of its language.
        parts: what its tests decide.
        begun: the program up to the open body.
    """
    head = begun.removeprefix(_PACKAGE)
    declared = head
    if problem.language == "python" and problem.reference is not None:
        declared = python_head(problem.reference, problem.reference, problem.entry_point or "", documented=False)
    imported = _IMPORTS.match(head) if problem.language == "go" else None
    return {
        "task_id": f"{stated}/{problem.id.rpartition('/')[2]}",
        "prompt": head if parts.prompt is None else parts.prompt,
        "declaration": head[imported.end() :] if imported else declared,
        "canonical_solution": behind(problem, begun),
        "test": parts.test,
        "example_test": "",
        **(
            {"test_setup": parts.test_setup, "import": imported[0] if imported else ""}
            if problem.language == "go"
            else {}
        ),
    }


def inverse(names: Mapping[str, str]) -> dict[str, str]:
    """The set's names of languages by passgap's."""
    return {language: stated for stated, language in names.items()}
