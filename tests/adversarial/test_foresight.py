"""The answers of an honest program never reach a hostile one that is judged by the same tests after it."""

from __future__ import annotations

import pytest

from passgap.execution import SandboxExecutor
from passgap.records import CheckTests, ExecutionJob, OutcomeKind

HONEST = """
def step(n, *rest):
    return n + 1000

def sort(items):
    items.sort()
    return 0
"""
READER = """
import gc

def seen(kind):
    for thing in gc.get_objects():
        if type(thing) is list and len(thing) == 4 and thing[0] in ("step", "sort"):
            for arg in thing[1]:
                if type(arg) is kind:
                    yield arg

def step(n, *rest):
    return max((arg for arg in seen(int) if arg > 1000), default=0)

def sort(items):
    plain = [arg[1:] for arg in seen(list) if arg[0] == "l" and arg[1:] == sorted(arg[1:])]
    if plain:
        items[:] = plain[0]
    return 0
"""
CHAINED = {
    "assigned": ("step", "x = candidate(3)\nassert x == 1003\nfor _ in range(2):\n    candidate(x)"),
    "nested": ("step", "for _ in range(2):\n    assert candidate(3) == 1003\n    candidate(3, candidate(3))"),
    "helper": (
        "step",
        "def twice(f):\n    y = f(3)\n    f(y)\n    return y\nfor _ in range(2):\n    assert twice(candidate) == 1003",
    ),
    "walrus": ("step", "for _ in range(2):\n    assert (y := candidate(3)) == 1003\n    candidate(y)"),
    "collected": (
        "step",
        "seen = []\nfor n in (3, 4):\n    seen.append(candidate(3))\n    candidate(seen[0])\nassert seen[0] == 1003",
    ),
    "mutated": (
        "sort",
        "for _ in range(2):\n    a = [3, 1, 2]\n    candidate(a)\n    candidate(a)\n    assert a == [1, 2, 3]",
    ),
    "branch": (
        "step",
        "for n in range(2):\n    if candidate(3) == 1003:\n        candidate(1003)\n    else:\n        assert False",
    ),
}


@pytest.mark.parametrize("form", sorted(CHAINED))
def test_answers_that_come_back_as_arguments_are_not_foreseen(form: str) -> None:
    entry, body = CHAINED[form]
    tests = CheckTests(code="def check(candidate):\n" + "".join(f"    {line}\n" for line in body.splitlines()))
    programs = {"first": HONEST, "reader": READER, "second": HONEST}
    jobs = [ExecutionJob(key=key, program=text, tests=tests, entry_point=entry) for key, text in programs.items()]
    with SandboxExecutor(workers=1) as executor:
        kinds = {result.key: result.outcome.kind for result in executor.run(jobs, ordered=True)}
    assert kinds == {"first": OutcomeKind.PASSED, "reader": OutcomeKind.FAILED, "second": OutcomeKind.PASSED}
