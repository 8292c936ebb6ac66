"""The judge on answers, arguments and objects of the tests that are passed to a program."""

from __future__ import annotations

from typing import Any

import pytest

from passgap.execution import SandboxExecutor
from passgap.execution.worker.exchange.value_decoder import Decoder
from passgap.execution.worker.exchange.value_types import Malformed
from passgap.records import AssertTests, CheckTests, ExecutionJob, ExecutionResult, OutcomeKind, Tests


def refuse(node: Any) -> Any:
    raise Malformed("opaque")


@pytest.mark.parametrize(
    "node",
    [
        {"a": 1},
        [],
        [1, 2],
        ["?", 1],
        ["i", "zz"],
        ["b", 5],
        ["d", "dict", 1],
        ["d", "type", 1, 2],
        ["s", ["l"]],
        ["T", "eval", "1"],
        ["r", 1, 2, 0],
        ["F", 1, 0],
        ["D", "x"],
        ["n", "O", [1], 1],
        ["n", "i", [5], 1],
        ["c", "x", 1],
    ],
    ids=str,
)
def test_what_no_encoder_writes_is_refused(node: Any) -> None:
    with pytest.raises(Malformed):
        Decoder(refuse).decode(node)


def run(tests: Tests, *programs: str) -> list[ExecutionResult]:
    jobs = [
        ExecutionJob(key=str(number), program=program, tests=tests, entry_point="f")
        for number, program in enumerate(programs)
    ]
    with SandboxExecutor(workers=1) as executor:
        return list(executor.run(jobs, ordered=True))


LOOP = CheckTests(
    code="""
import random

def check(candidate):
    for _ in range(20):
        items = [random.randint(0, 9) for _ in range(4)]
        expected = sorted(items)
        candidate(items)
        assert items == expected
    assert candidate([]) is None
"""
)
SORTS = "def f(items):\n    items.sort()\n"


def test_calls_foreseen_from_one_sample_are_judged_like_those_asked_one_by_one() -> None:
    wrong = "def f(items):\n    items.sort()\n    return items if not items else None\n"
    outcomes = [result.outcome for result in run(LOOP, SORTS, SORTS, wrong, "def f(items): pass", SORTS)]
    assert [outcome.passed for outcome in outcomes] == [True, True, False, False, True]
    assert [outcome.cases for outcome in outcomes] == ["PP", "PP", "PF", "FP", "PP"]
    assert len({outcome.behaviour for outcome in outcomes if outcome.passed}) == 1


def test_tests_that_go_another_way_are_asked_anew_of_a_fresh_process() -> None:
    """The second call depends on the first value, so what one program was asked does not suit another."""
    tests = CheckTests(
        code="def check(candidate):\n    n = candidate(1)\n    for _ in [0]:\n        assert candidate(n) == n + 1"
    )
    counting = "calls = 0\ndef f(n):\n    global calls\n    calls += 1\n    assert calls <= 2\n    return n + {}"
    first, second = run(
        tests, counting.format(1), "k = 1\ndef f(n):\n    global k\n    k += 1\n    return n + 1 if k > 2 else 7"
    )
    assert first.outcome.passed
    assert second.outcome.passed


def test_stop_iteration_does_not_end_a_loop_of_the_tests() -> None:
    tests = AssertTests(statements=("assert all(map(f, [1, 2]))", "assert list(map(f, [1])) == []"))
    (result,) = run(tests, "def f(n):\n    raise StopIteration")
    assert (result.outcome.kind, result.outcome.cases) == (OutcomeKind.FAILED, "FF")


def test_an_object_of_the_tests_shows_its_public_side_only() -> None:
    code = """
import logging

class Box:
    def __init__(self):
        self.value = 3
        self.module = logging
        self._hidden = 5

    def double(self):
        return self.value * 2

def check(candidate):
    assert candidate(Box()) == [3, 6]
"""
    honest = "def f(box): return [box.value, box.double()]"
    pry = """
def f(box):
    for name in ("_hidden", "__class__", "__init__", "module"):
        try:
            found = getattr(box, name) if not name.startswith("__") else box.__getattr__(name)
            return found
        except (AttributeError, TypeError):
            pass
    return [3, 6]
"""
    assert [result.outcome.passed for result in run(CheckTests(code=code), honest, pry)] == [True, True]


def test_a_proxy_equals_no_plain_value_whatever_its_class_says() -> None:
    program = """
class Same:
    def __eq__(self, other): return True
    def __sub__(self, other): return 0
    def __lt__(self, other): return True
def f(n): return Same()
"""
    tests = AssertTests(
        statements=(
            "assert f(1) == 5",
            "assert 5 == f(1)",
            "assert abs(f(1) - 5) < 1",
            "assert f(1) in [5]",
            "assert f(1) < 9",
        )
    )
    (result,) = run(tests, program)
    assert result.outcome.cases == "FFFFF"


RAISES = AssertTests(
    statements=(
        "try:\n    f(0)\nexcept Exception:\n    pass",
        "assert f(1) == 1",
    )
)


def test_of_an_exception_its_class_is_part_of_the_behaviour_and_its_text_is_not() -> None:
    program = "def f(n):\n    if not n:\n        raise {}\n    return n\n"
    errors = ("ValueError('a')", "ValueError('b')", "KeyError('a')", "type('Own', (ValueError,), {})('a')")
    results = run(RAISES, *(program.format(error) for error in errors), "def f(n):\n    return n\n")
    assert {result.outcome.kind for result in results} == {OutcomeKind.PASSED}
    first, same, *others = [result.outcome.behaviour for result in results]
    assert first == same is not None
    assert len({first, *others}) == 1 + len(others)


def test_so_is_that_of_a_call_that_was_made_ahead_of_its_test() -> None:
    tests = AssertTests(statements=("assert f(1) == 1", "assert f(2) == 2", "assert f(3) == 3"))
    program = "def f(n):\n    if n == 2:\n        raise {}\n    return n\n"
    results = run(tests, *(program.format(error) for error in ("ValueError('a')", "ValueError('b')", "KeyError('a')")))
    assert {result.outcome.kind for result in results} == {OutcomeKind.FAILED}
    first, same, other = [result.outcome.behaviour for result in results]
    assert first == same != other
