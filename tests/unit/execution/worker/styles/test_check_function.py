"""Which checks may end before their last statement, and how their cases are counted."""

from __future__ import annotations

import ast

import pytest

from passgap.execution.worker.styles.check_function import returns_early, wrap_cases


def check_of(body: str) -> ast.FunctionDef:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    [node] = ast.parse(f"def check(candidate):\n{lines}").body
    assert isinstance(node, ast.FunctionDef)
    return node


@pytest.mark.parametrize(
    ("body", "early"),
    [
        ("assert candidate(1)\nassert candidate(2)", False),
        ("assert candidate(1)\nreturn", False),
        ("return\nassert candidate(1)", True),
        ("if candidate(1):\n    return\nassert candidate(2)", True),
        ("assert candidate(1)\nif candidate(2):\n    return", True),
        ("def same(a):\n    return a\nassert candidate(1) == same(1)", False),
        ("class Same:\n    def get(self):\n        return 1\nassert candidate(1)", False),
        ("assert candidate(lambda a: a) is not None", False),
        ("async def wait():\n    return 1\nassert candidate(1)", False),
    ],
)
def test_a_return_before_the_end_is_found(body: str, early: bool) -> None:
    check = check_of(body)
    assert returns_early(check.body) is early
    assert (wrap_cases(check, "candidate") == 0) is early
