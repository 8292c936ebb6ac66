"""The program in a completion, for every way in which models wrap it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passgap.records import AssertTests, CheckTests, Problem, PromptKind
from passgap.tasks import extract_code_blocks, extract_program, render

WORDS = Problem(
    id="w", prompt="Add one.", entry_point="f", tests=AssertTests(statements=("assert f(1) == 2",)), source="test"
)
CODE = Problem(
    id="c",
    prompt='def f(x):\n    """Add one."""\n',
    prompt_kind=PromptKind.CODE,
    entry_point="f",
    tests=CheckTests(code="def check(candidate):\n    assert candidate(1) == 2"),
    source="test",
)
PROGRAM = "def f(x):\n    return x + 1"


@pytest.mark.parametrize(
    "completion",
    [PROGRAM, f"{PROGRAM}\n```", f"{PROGRAM}\n```\nThis adds one.", f"{PROGRAM}\n~~~\nmore"],
)
def test_an_answer_begun_with_a_fence_is_code_up_to_the_next_one(completion: str) -> None:
    assert extract_program(completion, WORDS, render(WORDS, chat=True)).strip() == PROGRAM


@pytest.mark.parametrize(
    "answer",
    [
        f"Sure:\n```python\n{PROGRAM}\n```\nDone.",
        f"```\n{PROGRAM}\n```",
        f"~~~py\n{PROGRAM}\n~~~",
        f"````python\n{PROGRAM}\n````",
        f"Here you are:\n```python\n{PROGRAM}",
        "1. The function:\n   ```python\n   def f(x):\n       return x + 1\n   ```",
    ],
)
def test_blocks_of_a_free_answer_are_found_and_dedented(answer: str) -> None:
    assert extract_code_blocks(answer).strip() == PROGRAM


def test_several_blocks_are_one_program() -> None:
    answer = "First:\n```python\nimport math\n```\nthen\n```python\ndef f(x):\n    return math.ceil(x)\n```"
    assert extract_code_blocks(answer) == "import math\n\ndef f(x):\n    return math.ceil(x)\n"


def test_an_answer_without_a_fence_is_taken_whole() -> None:
    assert extract_code_blocks(PROGRAM) == PROGRAM


def test_a_continuation_is_put_back_behind_what_it_continues() -> None:
    prompt = render(CODE, chat=False)
    assert extract_program("    return x + 1\n", CODE, prompt) == CODE.prompt + "    return x + 1\n"


def test_a_chat_answer_may_repeat_the_whole_function_or_give_its_body() -> None:
    prompt = render(CODE, chat=True)
    assert extract_program(PROGRAM, CODE, prompt) == PROGRAM
    assert extract_program("    return x + 1", CODE, prompt) == CODE.prompt + "    return x + 1"


def test_a_base_model_continues_a_function_head_that_names_the_entry_point() -> None:
    prompt = render(WORDS, chat=False)
    assert prompt.prefix == "def f("
    assert extract_program("x):\n    return x + 1", WORDS, prompt) == PROGRAM


@given(st.text(max_size=300))
def test_no_text_makes_extraction_fail_or_add_anything(text: str) -> None:
    program = extract_program(text, WORDS, render(WORDS, chat=True))
    assert text.startswith(program)
    blocks = extract_code_blocks(text)
    assert all(line.strip() in text for line in blocks.split("\n"))
