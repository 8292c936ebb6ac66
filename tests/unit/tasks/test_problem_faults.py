"""Faults that show without running anything, in every language whose functions are called."""

from __future__ import annotations

from typing import Any

import pytest

from passgap.languages import LANGUAGES, RULES
from passgap.records import CallCase, CallTests, NoTests, Problem, PromptKind
from passgap.tasks import load_tasks
from passgap.tasks.problem_faults import ProblemFault, faults_in, read_faults, unusable_tests

HEADS = {
    "typescript": ("function twice(n: number): number {\n", "  return 2 * n;\n}\n", "twice", "3", "6"),
    "go": ("package main\n\nfunc twice(n int) int {\n", "\treturn 2 * n\n}\n", "twice", "3", "6"),
    "java": (
        "class P {\n    static long twice(long n) {\n",
        "        return 2 * n;\n    }\n}\n",
        "P.twice",
        "3L",
        "6L",
    ),
    "rust": ("fn twice(n: isize) -> isize {\n", "    2 * n\n}\n", "twice", "3", "6"),
    "cpp": ("long twice(long n) {\n", "    return 2 * n;\n}\n", "twice", "3", "6"),
    "bash": ("twice() {\n", "    echo $((2 * $1))\n}\n", "twice", "3", '"6"'),
}


def problem(language: str, **changes: Any) -> Problem:
    head, body, called, arguments, expected = HEADS[language]
    cases = (CallCase(arguments=arguments, expected=expected),)
    fields: dict[str, Any] = {
        "id": "one",
        "source": "own",
        "language": language,
        "prompt": head,
        "prompt_kind": PromptKind.CODE,
        "entry_point": "twice",
        "reference": head + body,
        "tests": CallTests(function=called, cases=cases, head=head),
    }
    return Problem(**{**fields, **changes})


@pytest.mark.parametrize("language", HEADS)
def test_each_fault_is_found_and_a_sound_problem_has_none(language: str) -> None:
    head, body, _, arguments, expected = HEADS[language]
    sound = problem(language)
    assert list(faults_in(sound)) == []
    assert list(faults_in(problem(language, reference=head + body.replace("2 *", "2 * (")))) == [
        ProblemFault.REFERENCE_UNREADABLE
    ]
    assert ProblemFault.REFERENCE_LACKS_ENTRY in faults_in(problem(language, entry_point="thrice"))
    assert list(faults_in(problem(language, entry_point=None))) == [ProblemFault.NO_ENTRY_POINT]
    assert list(faults_in(problem(language, prompt=head + body))) == [ProblemFault.OTHER_HEAD]
    other = sound.tests.model_copy(update={"function": "other"})
    assert list(faults_in(problem(language, tests=other))) == [ProblemFault.OTHER_FUNCTION]
    if LANGUAGES[language].reader == RULES:
        pytest.skip("without its grammar, calls are not read")
    for case, fault in (
        (CallCase(arguments=arguments, expected="((("), ProblemFault.TESTS_UNREADABLE),
        (CallCase(arguments="(((", expected=expected), ProblemFault.ARGUMENTS_UNREADABLE),
    ):
        assert fault in faults_in(problem(language, tests=sound.tests.model_copy(update={"cases": (case,)})))


def test_problems_are_listed_by_fault() -> None:
    bad = problem("go", id="two", entry_point=None)
    assert read_faults([problem("go"), bad]) == {ProblemFault.NO_ENTRY_POINT: [bad]}
    assert list(faults_in(problem("go", tests=NoTests(), entry_point=None))) == []


@pytest.mark.parametrize("language", ["cpp", "rust"])
def test_calls_that_cannot_be_made_say_why(language: str) -> None:
    tests = problem(language).tests.model_copy(update={"head": ""})
    assert "needs the head" in (unusable_tests(problem(language, tests=tests)) or "")
    assert unusable_tests(problem(language)) is None


def test_the_starter_set_has_no_faults() -> None:
    assert read_faults(load_tasks("starter", split="heldout", limit=20).problems) == {}
