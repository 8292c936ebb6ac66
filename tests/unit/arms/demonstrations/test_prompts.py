"""Demonstrations stand before the question in its own form, and nothing of the question is changed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passgap.arms.demonstrations import document_of
from passgap.arms.demonstrations.documents import Document
from passgap.arms.demonstrations.prompts import DemonstrationStyle, with_demonstrations
from passgap.models.chat import render_prompt
from passgap.records import AssertTests, Problem, Prompt, PromptKind
from passgap.tasks import extract, render

DESCRIBED = Problem(
    id="pool/1",
    prompt="Add one to x.",
    entry_point="plus_one",
    tests=AssertTests(statements=("assert plus_one(1) == 2",)),
    source="test",
)
BEGUN = DESCRIBED.model_copy(
    update={"prompt": 'def plus_one(x):\n    """Add one."""\n', "prompt_kind": PromptKind.CODE}
)
PROGRAM = "def plus_one(x):\n    return x + 1\n"


class Turns:
    """Renders a conversation so that it can be read."""

    chat_template = "is there"

    def apply_chat_template(self, conversation: list[dict[str, str]], **options: Any) -> str:
        assert options["add_generation_prompt"]
        return "".join(f"<{turn['role']}>{turn['content']}" for turn in conversation) + "<assistant>"


def shown(problem: Problem, *, chat: bool, prefill: bool = True) -> Document:
    document = document_of(problem, render(problem, chat=chat, prefill=prefill), PROGRAM)
    assert document is not None
    return document


@pytest.mark.parametrize("prefill", [True, False])
@pytest.mark.parametrize("problem", [DESCRIBED, BEGUN])
def test_a_turn_shows_the_problem_as_it_is_asked_and_an_answer_that_holds_the_program(
    problem: Problem, prefill: bool
) -> None:
    question = render(DESCRIBED.model_copy(update={"prompt": "Add two."}), chat=True, prefill=prefill)
    prompt = with_demonstrations(question, [shown(problem, chat=True, prefill=prefill)], DemonstrationStyle.TURNS)
    asked = render(problem, chat=True, prefill=prefill)
    answer = f"```python\n{PROGRAM.strip()}\n```"
    assert render_prompt(Turns(), prompt) == (
        f"<user>{asked.user}<assistant>{answer}<user>{question.user}<assistant>{question.prefix}"
    )
    completion = answer.removeprefix(asked.prefix)
    assert extract(completion, problem, asked).program.strip() == PROGRAM.strip(), "the answer solves its problem"


@pytest.mark.parametrize(("problem", "text"), [(DESCRIBED, '"""\nAdd one to x.'), (BEGUN, "def plus_one(x):")])
def test_a_base_model_reads_solved_problems_in_the_text_that_it_continues(problem: Problem, text: str) -> None:
    question = render(problem, chat=False)
    prompt = with_demonstrations(question, [shown(problem, chat=False)], DemonstrationStyle.TEXT)
    rendered = render_prompt(Turns(), prompt)
    assert rendered.startswith(text) and rendered.endswith(question.user + question.prefix)
    assert rendered.count(PROGRAM.strip()) == 1
    assert not prompt.earlier


def test_a_chat_model_can_be_shown_text_within_its_turn() -> None:
    question = render(DESCRIBED, chat=True)
    two = [shown(DESCRIBED, chat=True)] * 2
    prompt = with_demonstrations(question, two, DemonstrationStyle.TEXT)
    assert prompt.user.startswith("Here are problems with their solutions.\n\nAdd one to x.")
    assert prompt.user.endswith(f"Now solve this one.\n\n{question.user}")
    assert prompt.user.count(PROGRAM.strip()) == 2


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.text(max_size=20), st.text(max_size=20)), max_size=4),
    st.sampled_from(DemonstrationStyle),
    st.booleans(),
)
def test_what_begins_and_ends_the_answer_is_never_changed(
    texts: list[tuple[str, str]], style: DemonstrationStyle, chat: bool
) -> None:
    documents = [
        Document(id=str(place), asked=asked, answer=answer, plain=asked + answer)
        for place, (asked, answer) in enumerate(texts)
    ]
    question = Prompt(user="How?", system="Be brief.", prefix="def f(", stop=("\n\n",), chat=chat)
    if style is DemonstrationStyle.TURNS and not chat and documents:
        with pytest.raises(ValueError, match="without turns"):
            Prompt.model_validate(with_demonstrations(question, documents, style).model_dump())
        return
    prompt = with_demonstrations(question, documents, style)
    kept = ("system", "prefix", "stop", "chat")
    assert all(getattr(prompt, name) == getattr(question, name) for name in kept)
    assert prompt.user.endswith("How?")
    said = [text for each in prompt.earlier for text in (each.user, each.answer)]
    if style is DemonstrationStyle.TURNS:
        assert said == [text for pair in texts for text in pair] and prompt.user == "How?"
    else:
        assert said == [] and all(asked in prompt.user and answer in prompt.user for asked, answer in texts)
    assert (prompt == question) == (not texts)


def test_a_program_that_would_end_its_own_block_is_not_shown() -> None:
    fenced = 'def f():\n    """\n    ```\n    """\n    return 1\n'
    assert document_of(DESCRIBED, render(DESCRIBED, chat=True), fenced) is None
