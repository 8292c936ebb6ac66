"""Kinds of tasks with one fault each, and the test of the contract that must find it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from passgap.records import Problem, Prompt
from passgap.tasks.kinds import KINDS, TaskKind
from passgap.testing import TaskKindContract

FUNCTION: Any = type(KINDS["function"])


class _Broken(TaskKindContract):
    """Makes a kind of the class ``faulty``."""

    faulty: Any

    def make(self) -> TaskKind:
        return self.faulty()


class _SaysNothing(FUNCTION):
    caption = ""


class BrokenSaysNothing(_Broken):
    fails = "test_it_describes_itself"
    faulty = _SaysNothing


class _RefusesEverything(FUNCTION):
    def refusals(self, problem: Problem) -> Iterator[str]:
        yield "no"


class BrokenRefusesEverything(_Broken):
    fails = "test_a_problem_of_its_own_is_not_refused"
    faulty = _RefusesEverything


class _RefusesNothing(FUNCTION):
    def refusals(self, problem: Problem) -> Iterator[str]:
        yield from ()


class BrokenTakesTestsOfAnotherStyle(_Broken):
    fails = "test_tests_of_another_style_are_refused"
    faulty = _RefusesNothing


class BrokenTakesAnyBody(_Broken):
    fails = "test_a_body_that_it_does_not_have_is_refused"
    faulty = _RefusesNothing


class _AsksForNothing(FUNCTION):
    def prompt(self, problem: Problem, style: Any) -> Prompt:
        return Prompt(user="Write a program.")


class BrokenAsksForNothing(_Broken):
    fails = "test_every_prompt_holds_what_the_problem_asks"
    faulty = _AsksForNothing


class _ShowsTheReference(FUNCTION):
    def prompt(self, problem: Problem, style: Any) -> Prompt:
        prompt = super().prompt(problem, style)
        return prompt.model_copy(update={"user": f"{prompt.user}\n{problem.reference}"})


class BrokenShowsTheReference(_Broken):
    fails = "test_no_prompt_shows_the_reference"
    faulty = _ShowsTheReference


class _SubmitsNothing(FUNCTION):
    def submission(self, problem: Problem, completion: str, prompt: Prompt, **options: Any) -> Any:
        return super().submission(problem, "", prompt, **options)


class BrokenSubmitsNothing(_Broken):
    fails = "test_the_program_of_an_answer_is_submitted"
    faulty = _SubmitsNothing


class _Raises(FUNCTION):
    def submission(self, problem: Problem, completion: str, prompt: Prompt, **options: Any) -> Any:
        completion.encode()
        return super().submission(problem, completion, prompt, **options)


class BrokenRaises(_Broken):
    fails = "test_no_answer_makes_it_raise"
    faulty = _Raises


class _LearnsAnother(FUNCTION):
    def training_target(self, problem: Problem, sample: Any) -> Any:
        return sample.model_copy(update={"index": 0})


class BrokenLearnsAnotherSample(_Broken):
    fails = "test_a_sample_stays_a_sample_of_its_problem_when_it_is_learned_from"
    faulty = _LearnsAnother


class _ComparesNothing(FUNCTION):
    def contamination_text(self, problem: Problem) -> str:
        return "a problem"


class BrokenComparesNothing(_Broken):
    fails = "test_problems_are_compared_by_what_they_ask"
    faulty = _ComparesNothing
