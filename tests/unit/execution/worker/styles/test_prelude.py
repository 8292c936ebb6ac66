"""Statements before every program: the imports that are needed, and everything else."""

from __future__ import annotations

import pytest

from passgap.execution.worker.styles.prelude import Prelude, bound_by
from passgap.execution.worker.styles.unusable import TestsUnusable

STATEMENTS = ("from math import *", "import heapq", "from os.path import join as at", "import sys; sys.x = 1")


@pytest.mark.parametrize(
    ("program", "executed"),
    [
        ("print(1)", [3]),
        ("print(sqrt(2))", [0, 3]),
        ("heapq.heapify([])\nat('a')", [1, 2, 3]),
        ("# sqrt", [0, 3]),
    ],
)
def test_an_import_is_executed_where_a_program_may_use_it(program: str, executed: list[int]) -> None:
    assert Prelude(STATEMENTS).of(program).splitlines() == [STATEMENTS[number] for number in executed]


def test_the_order_is_kept_so_that_a_later_import_hides_an_earlier_one() -> None:
    both = Prelude(("from operator import *", "from math import *"))
    assert both.of("pow") == "from operator import *\nfrom math import *\n"


def test_nothing_is_executed_without_statements() -> None:
    assert not Prelude(()) and Prelude(()).of("sqrt") == ""


def test_the_names_of_an_import() -> None:
    assert bound_by("import os.path") == {"os"}
    assert bound_by("x = 1") is None


@pytest.mark.parametrize("statement", ["from nowhere_at_all import *", "import ("])
def test_statements_that_cannot_be_used_are_the_tests_fault(statement: str) -> None:
    with pytest.raises(TestsUnusable):
        Prelude((statement,))
