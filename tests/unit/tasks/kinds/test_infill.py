"""Gaps are asked for by tokens or in words, and the middle of an answer goes where the gap is."""

from __future__ import annotations

import pytest

from passgap.records import AssertTests, FinishReason, Problem, Sample
from passgap.tasks import PromptStyle, kind_of, render
from passgap.tasks.fill_marks import BY_SERVER, FILL_MARKS, FillOrder, marks_among

BEFORE, MIDDLE, AFTER = "def f(x):\n    y = x\n", "    y += 1\n", "    return y\n"


def problem(cut: str = "none", **more: object) -> Problem:
    fields = {
        "id": "p",
        "prompt": BEFORE,
        "entry_point": "f",
        "tests": AssertTests(statements=("assert f(1) == 2",)),
        "reference": BEFORE + MIDDLE + AFTER,
        "source": "t",
        "kind": "infill",
        "body": {"suffix": AFTER, "cut": cut},
    }
    return Problem.model_validate({**fields, **more})


def sample(completion: str, **more: object) -> Sample:
    drawn = {"problem_id": "p", "index": 0, "completion": completion, "finish_reason": FinishReason.STOP, "seed": 1}
    return Sample.model_validate({**drawn, "prompt_tokens": 3, "completion_tokens": 5, "tokens": (1, 2), **more})


@pytest.mark.parametrize("family", FILL_MARKS)
def test_each_family_is_asked_in_its_own_order(family: str) -> None:
    marks = FILL_MARKS[family]
    prompt = render(problem(), chat=True, marks=marks)
    assert prompt.user == f"{marks.prefix}{BEFORE}{marks.suffix}{AFTER}{marks.middle}"
    assert not prompt.chat
    other = render(problem(), chat=True, marks=marks.model_copy(update={"order": FillOrder.SPM}))
    assert other.user == f"{marks.prefix}{marks.suffix}{AFTER}{marks.middle}{BEFORE}"
    assert marks_among([marks.prefix, marks.suffix, marks.middle, "<s>"]) == marks


def test_a_tokenizer_without_all_marks_has_none() -> None:
    assert marks_among(["<fim_prefix>", "<fim_suffix>", "<s>"]) is None


def test_a_server_gets_both_sides_apart() -> None:
    prompt = render(problem(), chat=True, marks=BY_SERVER)
    assert (prompt.user, prompt.suffix, prompt.chat) == (BEFORE, AFTER, False)


def test_a_model_without_marks_is_asked_in_words_and_a_base_model_sees_the_suffix() -> None:
    asked = problem()
    chat = render(asked, chat=True, prefill=False)
    assert f"{BEFORE}<MISSING>{AFTER.rstrip()}" in chat.user
    base = render(asked, chat=False)
    assert base.user.endswith(BEFORE)
    assert AFTER in base.user


@pytest.mark.parametrize(
    ("cut", "completion", "middle"),
    [
        ("none", MIDDLE + AFTER, MIDDLE + AFTER),
        ("line", MIDDLE + AFTER + "\nprint(1)", MIDDLE),
        ("line", "\n" + MIDDLE + AFTER, "\n" + MIDDLE),
        ("until-suffix", MIDDLE + AFTER + "\ndef g(): ...\n", MIDDLE),
        ("until-suffix", MIDDLE, MIDDLE),
    ],
)
def test_a_middle_ends_where_it_is_declared_to(cut: str, completion: str, middle: str) -> None:
    asked = problem(cut)
    prompt = render(asked, chat=False, marks=FILL_MARKS["qwen"])
    assert kind_of(asked).submission(asked, completion, prompt).program == BEFORE + middle + AFTER
    assert kind_of(asked).continued(asked, completion) == BEFORE + middle + AFTER


def test_the_suffix_ends_a_middle_within_a_line() -> None:
    asked = problem(
        "until-suffix",
        prompt="def f(x):\n    return (",
        reference=None,
        body={"suffix": " + 1)\n", "cut": "until-suffix"},
    )
    assert kind_of(asked).continued(asked, "x + 1)\n") == "def f(x):\n    return (x + 1)\n"


def test_the_middle_alone_is_learned() -> None:
    asked = problem("line")
    cut = kind_of(asked).training_target(asked, sample(MIDDLE + AFTER, end_token=7))
    assert (cut.completion, cut.tokens, cut.end_token, cut.finish_reason) == (MIDDLE, None, 7, FinishReason.STOP)
    unended = kind_of(asked).training_target(asked, sample(MIDDLE + AFTER, stop="\ndef"))
    assert (unended.completion, unended.stop, unended.finish_reason) == (MIDDLE, None, FinishReason.LENGTH)
    whole = sample(MIDDLE)
    assert kind_of(asked).training_target(asked, whole) is whole


@pytest.mark.parametrize(
    ("answer", "program"),
    [
        (f"```python\n{MIDDLE}```", BEFORE + MIDDLE + AFTER),
        (f"Sure.\n\n```python\n{BEFORE}{MIDDLE}{AFTER}```\nDone.", BEFORE + MIDDLE + AFTER),
        ("```python\ndef f(x):\n    return x + 1\n```", "def f(x):\n    return x + 1\n"),
        (MIDDLE, BEFORE + MIDDLE + AFTER),
        ("", ""),
    ],
)
def test_an_answer_in_chat_is_a_middle_or_the_whole_program(answer: str, program: str) -> None:
    asked = problem()
    prompt = kind_of(asked).prompt(asked, PromptStyle.CHAT)
    assert kind_of(asked).submission(asked, answer, prompt).program == program


def test_a_gap_needs_a_suffix_and_its_reference_has_to_fit() -> None:
    lacking = problem(body=None)
    assert any("suffix" in fault for fault in kind_of(lacking).refusals(lacking))
    wrong = problem(reference="def g(): ...\n")
    assert list(kind_of(wrong).refusals(wrong)) == [
        "the reference does not begin with `prompt` and end with `body.suffix`"
    ]
    other = Problem(id="f", prompt="Add.", tests=problem().tests, source="t", kind="function", body={"suffix": "x"})
    assert list(kind_of(other).refusals(other)) == ["the kind `function` has no `body`"]


def test_the_proxy_for_difficulty_and_the_text_compared() -> None:
    asked = problem()
    assert kind_of(asked).size(asked) == len(MIDDLE.strip())
    assert kind_of(asked).contamination_text(asked) == BEFORE + AFTER
    nothing = kind_of(asked).nothing_done(asked)
    assert nothing is not None and nothing.program == BEFORE + AFTER
