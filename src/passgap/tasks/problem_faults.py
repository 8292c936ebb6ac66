"""Faults of problems that show without anything being run: in their references, heads and tests."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from enum import StrEnum

from passgap.harnesses import HARNESSES, Unsupported
from passgap.languages import LANGUAGES, RULES
from passgap.records import (
    AssertTests,
    CallTests,
    CheckTests,
    EmbeddedTests,
    PairTests,
    Problem,
    PromptKind,
    PytestTests,
    StdioTests,
)
from passgap.tasks.kinds import kind_of

READ = (AssertTests, CallTests, CheckTests, EmbeddedTests, PairTests, PytestTests, StdioTests)
"""Tests of programs that are one file, which can be read as one."""

_WORD = re.compile(r"\w+")


class ProblemFault(StrEnum):
    """A fault of a problem."""

    REFERENCE_UNREADABLE = "the reference does not parse"
    REFERENCE_LACKS_ENTRY = "the reference does not define the entry point"
    NO_ENTRY_POINT = "no `entry_point` says which function is asked for"
    OTHER_HEAD = "the prompt is code, and does not end in the open body of its entry point"
    TESTS_UNREADABLE = "a value that the tests expect does not parse"
    ARGUMENTS_UNREADABLE = "the arguments of a call do not parse"
    OTHER_FUNCTION = "the tests call another function than the entry point"


def read_faults(problems: Iterable[Problem]) -> dict[ProblemFault, list[Problem]]:
    """The problems with each fault, in their order; faults that none has are left out."""
    found: dict[ProblemFault, list[Problem]] = defaultdict(list)
    for problem in problems:
        for fault in faults_in(problem):
            found[fault].append(problem)
    return {fault: found[fault] for fault in ProblemFault if fault in found}


def unusable_tests(problem: Problem) -> str | None:
    """Say why calls cannot be put around a program of the problem's language; None where they can be, or are none."""
    tests = problem.tests
    if not isinstance(tests, CallTests) or problem.language not in HARNESSES:
        return None
    try:
        HARNESSES[problem.language].expectation(tests)
    except Unsupported as error:
        return str(error)
    return None


def faults_in(problem: Problem) -> Iterator[ProblemFault]:
    """Yield what is wrong with a problem, as far as its language can be read without running anything."""
    if not isinstance(problem.tests, READ):
        return
    language, kind = LANGUAGES[problem.language], kind_of(problem)
    submitted = kind.reference_submission(problem)
    program = submitted.program if submitted is not None and problem.body is None else ""
    readable = bool(program) and not language.errors(program)
    if program and not readable:
        yield ProblemFault.REFERENCE_UNREADABLE
    names = kind.names(problem)
    if readable and problem.entry_point and not _mentions(program, names):
        yield ProblemFault.REFERENCE_LACKS_ENTRY
    calls = isinstance(problem.tests, CallTests | EmbeddedTests | CheckTests | PairTests)
    if calls and not problem.entry_point:
        yield ProblemFault.NO_ENTRY_POINT
    if problem.prompt_kind is PromptKind.CODE and problem.body is None and problem.entry_point:
        name = problem.entry_point.rpartition(".")[2]
        if not language.begins_function(problem.prompt, name):
            yield ProblemFault.OTHER_HEAD
    if isinstance(problem.tests, CallTests):
        yield from _faults_in_calls(problem, problem.tests, program if readable else "")


def _mentions(program: str, names: Iterable[str]) -> bool:
    """Whether a program has all names as words."""
    words = frozenset(_WORD.findall(program))  # a pattern for each of thousands of names takes long to compile
    return all(name in words or re.search(rf"\b{re.escape(name)}\b", program) for name in names)


def _faults_in_calls(problem: Problem, tests: CallTests, reference: str) -> Iterator[ProblemFault]:
    entry = (problem.entry_point or "").rpartition(".")[2]
    if entry and entry != tests.function.rpartition(".")[2]:
        yield ProblemFault.OTHER_FUNCTION
    harness = HARNESSES.get(problem.language)
    if harness is None or unusable_tests(problem) is not None:
        return
    plain = tests.model_copy(
        update={"cases": tuple(each.model_copy(update={"expected": "0", "arguments": ""}) for each in tests.cases)}
    )
    language = LANGUAGES[problem.language]
    if language.reader == RULES:
        return  # rules take long for the text around calls, and find little in it
    if language.errors(harness.expectation(tests)) > language.errors(harness.expectation(plain)):
        yield ProblemFault.TESTS_UNREADABLE
    called, uncalled = (harness.candidate(reference, each) for each in (tests, plain))
    if language.errors(called) > language.errors(uncalled):
        yield ProblemFault.ARGUMENTS_UNREADABLE
