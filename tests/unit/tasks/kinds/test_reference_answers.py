"""A reference solution is an answer in the shape that its prompt asks for, and is read back as the same program."""

from __future__ import annotations

import pytest

from passgap.languages import LANGUAGES
from passgap.records import AssertTests, Problem, PromptKind
from passgap.tasks import PromptStyle, kind_of

TESTS = AssertTests(statements=("assert add(1, 2) == 3",))
PLAIN = Problem(
    id="t/1", prompt="Add two numbers.", entry_point="add", tests=TESTS, source="t",
    reference="def add(a, b):\n    return a + b\n",
)  # fmt: skip
IMPORTING = PLAIN.model_copy(update={"reference": "import operator\n\ndef add(a, b):\n    return operator.add(a, b)"})
CODE = PLAIN.model_copy(
    update={
        "prompt": 'def add(a, b):\n    """Add two numbers."""\n',
        "prompt_kind": PromptKind.CODE,
        "reference": 'def add(a, b):\n    """Add two numbers."""\n    return a + b\n',
    }
)


@pytest.mark.parametrize("problem", [PLAIN, IMPORTING, CODE])
@pytest.mark.parametrize("style", PromptStyle)
def test_it_is_read_back_as_the_reference(problem: Problem, style: PromptStyle) -> None:
    kind = kind_of(problem)
    prompt = kind.prompt(problem, style)
    answer = kind.reference_answer(problem, prompt)
    if problem is IMPORTING and style is PromptStyle.COMPLETION:
        assert answer is None, "what is continued begins with the function"
        return
    assert answer is not None
    said = answer.removesuffix(prompt.stop[0]) if style is PromptStyle.PREFILLED else answer
    assert (said != answer) == (style is PromptStyle.PREFILLED), "it ends as the prompt's answers end"
    program = kind.submission(problem, said, prompt, cut=False).program
    normal = LANGUAGES["python"].normal_form
    assert normal(program) == normal(problem.reference or "")


def test_a_problem_without_a_reference_has_no_answer() -> None:
    missing = PLAIN.model_copy(update={"reference": None})
    kind = kind_of(missing)
    assert all(kind.reference_answer(missing, kind.prompt(missing, style)) is None for style in PromptStyle)
