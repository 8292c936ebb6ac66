"""The inputs of a problem on which its reference solution gives a value, and twice the same.

They are those of the problem's tests, and mutations of them where the arguments' types have a rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice, zip_longest
from typing import TYPE_CHECKING

from passgap.languages import DEFAULT_LANGUAGE
from passgap.languages.python.calls import calls_of, mutations_of
from passgap.records import AssertTests, CheckTests, ExecutionJob, Limits, PairTests, Problem, Record

if TYPE_CHECKING:
    from passgap.ports import Executor, Progress

INPUTS = 8
"""Inputs of a problem, at most: those of its tests first."""
CANDIDATES = 16
"""Inputs of a problem, at most, that the reference is tried on, as many at once as are missing."""
REFERENCE_LIMITS = Limits(seconds=4.0)
"""Of each run of a reference: mutated inputs may keep it busy for ever."""


class ReferenceInput(Record):
    """An input of a problem, and what the reference answers to it."""

    tests: AssertTests
    behaviour: str


def candidates_of(problem: Problem) -> tuple[AssertTests, ...]:
    """Tests that call a problem's function on one input each and hold for any value: the tests' own inputs first.

    There are none without a reference solution, or where no call of the function is found in the tests.
    """
    if problem.reference is None or problem.entry_point is None or problem.language != DEFAULT_LANGUAGE:
        return ()
    tests, name = problem.tests, problem.entry_point
    setup = tests.setup if isinstance(tests, AssertTests) else ""
    if isinstance(tests, AssertTests):
        calls = calls_of("\n".join(tests.statements), name)
    elif isinstance(tests, PairTests):
        calls = tuple(f"{name}({', '.join(map(repr, case.args))})" for case in tests.cases)
    elif isinstance(tests, CheckTests):
        calls = tuple(name + call.removeprefix("candidate") for call in calls_of(tests.code, "candidate"))
    else:
        calls = ()
    mutated = (each for row in zip_longest(*map(mutations_of, calls)) for each in row if each is not None)
    chosen = islice(dict.fromkeys([*calls, *mutated]), CANDIDATES)
    return tuple(AssertTests(setup=setup, statements=(f"assert [{call}]",)) for call in chosen)


def reference_inputs(
    problems: Sequence[Problem], executor: Executor, progress: Progress | None = None
) -> dict[str, tuple[ReferenceInput, ...]]:
    """The inputs of each problem on which its reference gives a value, and the same one when it is asked again."""
    left = {problem.id: list(candidates_of(problem)) for problem in problems}
    found: dict[str, list[ReferenceInput]] = {problem.id: [] for problem in problems}
    while True:
        asked = []
        for problem in problems:
            missing = INPUTS - len(found[problem.id])
            asked += [(problem, tests) for tests in left[problem.id][:missing]]
            left[problem.id] = left[problem.id][missing:]
        if not asked:
            return {name: tuple(inputs) for name, inputs in found.items()}
        first = _answers(asked, executor, progress)
        again = _answers(
            [each for each, answer in zip(asked, first, strict=True) if answer is not None], executor, progress
        )
        twice = iter(again)
        for (problem, tests), answer in zip(asked, first, strict=True):
            if answer is not None and next(twice) == answer:
                found[problem.id].append(ReferenceInput(tests=tests, behaviour=answer))


def _answers(
    asked: Sequence[tuple[Problem, AssertTests]], executor: Executor, progress: Progress | None
) -> list[str | None]:
    """The digest of what each problem's reference answers to an input; None where it gives no value."""
    jobs = [
        ExecutionJob(
            key=str(number),
            program=problem.reference or "",
            tests=tests,
            entry_point=problem.entry_point,
            language=problem.language,
            limits=REFERENCE_LIMITS,
        )
        for number, (problem, tests) in enumerate(asked)
    ]
    answered = {result.key: result.outcome for result in executor.run(jobs, progress=progress)}
    outcomes = [answered[job.key] for job in jobs]
    return [outcome.behaviour if outcome.passed else None for outcome in outcomes]
