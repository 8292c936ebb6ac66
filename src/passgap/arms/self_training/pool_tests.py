"""The tests of the pool's problems: which problems have any, and which part of them is kept for an audit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from passgap.arms.base import DeclaredStudy
from passgap.languages import LANGUAGES
from passgap.records import AssertTests, CallTests, PairTests, Problem, Result, StdioTests, Tests

HIDDEN_RULE = "the last third of a problem's tests, rounded up, is hidden from the verifier; a single test is not"
"""Which tests are kept for the audit, in words."""


def has_tests(problem: Problem) -> bool:
    """Whether a sample of a problem can be run on anything here."""
    if not problem.tested or not LANGUAGES[problem.language].runs_with(problem.tests.style):
        return False
    said = [value for name, value in problem.tests if name in ("statements", "cases", "code", "files")]
    return any(each.strip() if isinstance(each, str) else each for each in said)


def lacks_tests(study: DeclaredStudy, at: str, *, needs: str) -> Iterator[str]:
    """Yield why the pool's problems cannot tell which samples are right.

    Args:
        study: with its problems.
        at: the path of the setting that needs them.
        needs: what cannot be done without, to complete "and nothing else can ...".
    """
    if not study.spec.alternatives.verifier:
        yield (
            f"{at}: `alternatives.verifier: false` says that the pool's problems carry no tests, and nothing else can "
            f"{needs}. Name a pool with tests, or remove the arm."
        )
    yield from lacking_tests(study, at)


def lacking_tests(study: DeclaredStudy, at: str) -> Iterator[str]:
    """Yield how many of the pool's problems have no tests that can be run, if any has none."""
    untested = [each.id for each in study.splits.pool.problems if not has_tests(each)]
    if untested:
        yield f"{at}: {len(untested)} pool problems carry no tests that can be run here, as {untested[0]}."


def hidden_of(tests: Tests) -> int:
    """The number of tests that are hidden; 0 where there is a single one, or they cannot be told apart."""
    count = len(_parts(tests))
    return -(-count // 3) if count > 1 else 0


def visible_part(problem: Problem) -> Problem:
    """The problem with its visible tests alone: the same problem where none are hidden."""
    tests, hidden = problem.tests, hidden_of(problem.tests)
    if not hidden:
        return problem
    field = "statements" if isinstance(tests, AssertTests) else "cases"
    return problem.model_copy(update={"tests": tests.model_copy(update={field: tuple(_parts(tests)[:-hidden])})})


def passed_parts(tests: Tests, result: Result) -> tuple[bool, bool]:
    """Whether a scored sample passed the visible tests of its problem, and the hidden ones.

    Each test has a result of its own, whether or not another one failed before it, so that one run tells both parts. A
    test that was not reached was not passed. Where nothing is hidden, all tests are in both parts.
    """
    hidden, cases = hidden_of(tests), result.cases or ""
    if not hidden:
        return bool(result.passed), bool(result.passed)
    return bool(cases) and set(cases[:-hidden]) <= {"P"}, bool(cases) and set(cases[-hidden:]) <= {"P"}


def _parts(tests: Tests) -> Sequence[object]:
    """The single tests, where each can be run without the others."""
    if isinstance(tests, AssertTests):
        return tests.statements
    if isinstance(tests, PairTests | StdioTests) and tests.kept is not None:
        return ()
    return tests.cases if isinstance(tests, PairTests | StdioTests | CallTests) else ()
