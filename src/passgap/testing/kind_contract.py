"""The contract of a kind of task (:class:`passgap.tasks.kinds.TaskKind`)."""

from __future__ import annotations

from typing import Any

import pytest

from passgap.records import (
    AssertTests,
    CheckTests,
    FinishReason,
    PairCase,
    PairTests,
    Problem,
    Prompt,
    PytestTests,
    Record,
    ReferenceTests,
    RepositoryTests,
    Sample,
    StdioCase,
    StdioTests,
)
from passgap.tasks import PromptStyle
from passgap.tasks.answers.extraction import Extraction
from passgap.tasks.fill_marks import FILL_MARKS
from passgap.tasks.kinds import TaskKind
from passgap.testing.language_contract import ODD_TEXTS

EXAMPLES: dict[type[Record], dict[str, Any]] = {
    AssertTests: {"tests": AssertTests(statements=("assert add(1, 2) == 3",)), "entry_point": "add"},
    CheckTests: {
        "tests": CheckTests(code="def check(candidate):\n    assert candidate(1, 2) == 3\n"),
        "entry_point": "add",
    },
    PairTests: {"tests": PairTests(cases=(PairCase(args=(1, 2), expected=3),)), "entry_point": "add"},
    ReferenceTests: {
        "tests": ReferenceTests(program="def add(a, b):\n    return a + b\n", calls=("(1, 2)",)),
        "entry_point": "add",
    },
    PytestTests: {"tests": PytestTests(code="from solution import add\n\ndef test():\n    assert add(1, 2) == 3\n")},
    StdioTests: {"tests": StdioTests(cases=(StdioCase(stdin="1 2", stdout="3"),))},
    RepositoryTests: {"tests": RepositoryTests(modules=("add",), files={"test_add.py": "from add import add\n"})},
}
"""Tests of each style, with what else a problem needs for them."""

REFERENCES = {"stdio": "print(sum(map(int, input().split())))\n"}
REFERENCE = "def add(a, b):\n    return a + b\n"


class TaskKindContract:
    """Holds a kind of task to its contract. Subclass it in a test module and implement :meth:`make`::

        class TestMyKind(TaskKindContract):
            def make(self):
                return KIND

    A kind whose problems have a body, or tests of a style of their own, also overrides :meth:`problem` and
    :meth:`answer`.
    """

    def make(self) -> TaskKind:
        """The kind under test."""
        raise NotImplementedError("implement `make`, or override the fixture `kind`")

    def problem(self, kind: TaskKind) -> Problem:
        """A problem of the kind, with a reference solution."""
        style = next((each for each in kind.tests if each in EXAMPLES), None)
        assert style is not None, "the kind has tests of a style of its own: override `problem` and `answer`"
        return Problem.model_validate(
            {
                "id": "example",
                "prompt": "Add two numbers.",
                "source": "contract",
                "reference": REFERENCES.get(EXAMPLES[style]["tests"].style, REFERENCE),
                "kind": kind.name,
                **EXAMPLES[style],
            }
        )

    def answer(self, problem: Problem) -> tuple[str, str]:
        """A model's answer in chat, and the program that it submits."""
        assert problem.reference is not None
        return f"Here it is:\n\n```{problem.language}\n{problem.reference}```\n", problem.reference

    @pytest.fixture
    def kind(self) -> TaskKind:
        """The kind under test."""
        return self.make()

    def test_it_describes_itself(self, kind: TaskKind) -> None:
        assert kind.name
        assert kind.name == kind.name.lower().strip()
        assert kind.caption
        assert kind.tests

    def test_a_problem_of_its_own_is_not_refused(self, kind: TaskKind) -> None:
        assert list(kind.refusals(self.problem(kind))) == []

    def test_tests_of_another_style_are_refused(self, kind: TaskKind) -> None:
        others = [example["tests"] for style, example in EXAMPLES.items() if style not in kind.tests]
        for tests in others:
            wrong = self.problem(kind).model_copy(update={"tests": tests})
            assert len(list(kind.refusals(wrong))) >= 1

    def test_a_body_that_it_does_not_have_is_refused(self, kind: TaskKind) -> None:
        wrong = self.problem(kind).model_copy(update={"body": {"no such field": 1}})
        assert len(list(kind.refusals(wrong))) >= 1

    @pytest.mark.parametrize("style", PromptStyle)
    def test_every_prompt_holds_what_the_problem_asks(self, kind: TaskKind, style: PromptStyle) -> None:
        problem = self.problem(kind)
        prompt = kind.prompt(problem, style)
        assert isinstance(prompt, Prompt)
        assert problem.prompt in prompt.user
        assert prompt.chat == (style is not PromptStyle.COMPLETION)
        assert prompt == kind.prompt(problem, style)

    @pytest.mark.parametrize("style", PromptStyle)
    def test_no_prompt_shows_the_reference(self, kind: TaskKind, style: PromptStyle) -> None:
        problem = self.problem(kind)
        prompt, reference = kind.prompt(problem, style), kind.reference_submission(problem)
        assert reference is not None
        assert reference.program.strip() not in prompt.user + prompt.prefix

    def test_the_program_of_an_answer_is_submitted(self, kind: TaskKind) -> None:
        problem = self.problem(kind)
        answer, program = self.answer(problem)
        found = kind.submission(problem, answer, kind.prompt(problem, PromptStyle.CHAT), cut=False)
        assert isinstance(found, Extraction)
        assert found.program.strip() == program.strip()

    def test_the_reference_is_submitted_by_an_answer_of_its_own(self, kind: TaskKind) -> None:
        problem = self.problem(kind)
        reference = kind.reference_submission(problem)
        assert reference is not None
        for style in PromptStyle:
            prompt = kind.prompt(problem, style)
            answer = kind.reference_answer(problem, prompt)
            if answer is not None:
                text = next((answer.removesuffix(stop) for stop in prompt.stop if answer.endswith(stop)), answer)
                found = kind.submission(problem, text, prompt, cut=False)
                assert (found.program.strip(), found.files) == (reference.program.strip(), reference.files)

    def test_doing_nothing_submits_something_else_than_the_reference(self, kind: TaskKind) -> None:
        problem = self.problem(kind)
        nothing = kind.nothing_done(problem)
        assert (nothing is not None) == bool(kind.nothing)
        assert nothing is None or nothing != kind.reference_submission(problem)

    def test_a_prompt_by_special_tokens_holds_what_the_problem_asks(self, kind: TaskKind) -> None:
        problem = self.problem(kind)
        for marks in FILL_MARKS.values():
            prompt = kind.marked_prompt(problem, marks)
            if prompt is not None:
                assert problem.prompt in prompt.user
                assert not prompt.chat

    @pytest.mark.parametrize("odd", ODD_TEXTS)
    def test_no_answer_makes_it_raise(self, kind: TaskKind, odd: str) -> None:
        problem = self.problem(kind)
        for style in PromptStyle:
            for cut in (True, False, None):
                found = kind.submission(problem, ODD_TEXTS[odd], kind.prompt(problem, style), cut=cut)
                assert isinstance(found.program, str)
        assert isinstance(kind.continued(problem, ODD_TEXTS[odd]), str)

    def test_a_sample_stays_a_sample_of_its_problem_when_it_is_learned_from(self, kind: TaskKind) -> None:
        problem = self.problem(kind)
        drawn = Sample(
            problem_id=problem.id,
            index=3,
            completion=self.answer(problem)[0],
            finish_reason=FinishReason.STOP,
            seed=1,
            prompt_tokens=1,
            completion_tokens=1,
        )
        learned = kind.training_target(problem, drawn)
        assert (learned.problem_id, learned.index) == (problem.id, 3)
        assert learned.completion

    def test_problems_are_compared_by_what_they_ask(self, kind: TaskKind) -> None:
        problem = self.problem(kind)
        other = problem.model_copy(update={"prompt": "Reverse a text."})
        assert problem.prompt in kind.contamination_text(problem)
        assert kind.contamination_text(problem) != kind.contamination_text(other)
