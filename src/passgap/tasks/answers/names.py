"""Which names the tests of a problem call."""

from __future__ import annotations

import ast

from passgap.languages.python.syntax import bound_by, free_names, parse
from passgap.records import AssertTests, CheckTests, Problem, PytestTests

_MODULE = "solution"


def wanted_names(problem: Problem) -> frozenset[str]:
    """The names that a program must define: the entry point, or what the tests read and do not define themselves.

    A whole program, tested by what it prints, has to define none.
    """
    if problem.entry_point:
        return frozenset({problem.entry_point.partition(".")[0].removesuffix("()")})
    tests = problem.tests
    if isinstance(tests, PytestTests):
        return frozenset(_imported(tests.code))
    return frozenset(tested_names(problem)) if isinstance(tests, AssertTests) else frozenset()


def tested_names(problem: Problem) -> set[str]:
    """The names that the tests read and do not define themselves."""
    tests = problem.tests
    if isinstance(tests, AssertTests):
        source = "\n".join([tests.setup, *tests.statements])
    elif isinstance(tests, CheckTests):
        source = tests.code
    else:
        return set()
    tree = parse(source)
    return free_names(tree) - bound_by(tree.body) if tree else set()


def _imported(code: str) -> set[str]:
    tree = parse(code)
    found: set[str] = set()
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.ImportFrom) and node.module == _MODULE:
            found |= {alias.name for alias in node.names if alias.name != "*"}
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == _MODULE:
            found.add(node.attr)
    return found
