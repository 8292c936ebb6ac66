"""Answers that could come back as arguments are told from those that only an assert sees."""

from __future__ import annotations

import ast

import pytest

from passgap.execution.worker.styles.flow import answers_end_in_asserts


def ends(code: str) -> bool:
    return answers_end_in_asserts([ast.parse(code)], ["f"])


@pytest.mark.parametrize(
    "code",
    [
        "assert f(1) == 2",
        "for n in range(9):\n    assert f(n) == n and f(n, n) < 3",
        "import math\nassert math.isclose(f(1), abs(f(2)))",
        "assert all(f(n) == n for n in range(3)), 'wrong'",
        "assert f(1)[0].lower() in {'a', 'b'}",
        "import random\nfor _ in range(9):\n    x = random.random()\n    assert f(x) == x",
    ],
)
def test_answers_that_only_an_assert_sees(code: str) -> None:
    assert ends(code)


@pytest.mark.parametrize(
    "code",
    [
        "x = f(1)",
        "f(1)",
        "assert f(f(1)) == 2",
        "assert helper(f(1))",
        "helper(f)",
        "assert [y := f(1)]",
        "assert f(1) or f(2)",
        "assert (f(1) if f(2) else f(3)) == 1",
        "assert all(f(n) for n in f(1))",
        "assert all(n for n in range(3) if f(n))",
        "assert x == 1, f(2)",
        "assert seen.append(f(1)) is None",
        "if f(1):\n    assert f(2)",
        "while f(1):\n    pass",
        "try:\n    assert f(1) == 2\nexcept AssertionError:\n    pass",
        "def abs(x):\n    keep(x)\nassert abs(f(1))",
        "g = lambda n: f(n)\nassert g(1)",
        "f = other",
    ],
)
def test_answers_that_could_go_elsewhere(code: str) -> None:
    assert not ends(code)
