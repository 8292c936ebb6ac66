"""The minimal arm filters nothing but empty answers and stubs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.stubs import PROGRAMS, STUBS

from passgap.recipes import (
    ExampleEnds,
    default_learning_rate,
    earlier_example,
    ends_of,
    is_stub,
    select_minimal,
    training_config,
    training_example,
)
from passgap.records import FinishReason, Prompt, Sample
from passgap.spec.fine_tuning import TrainingSection


@pytest.mark.parametrize("program", STUBS)
def test_stubs_are_seen(program: str) -> None:
    assert is_stub(program)


@pytest.mark.parametrize("program", PROGRAMS)
def test_whatever_else_the_model_says_is_kept_even_if_it_is_wrong(program: str) -> None:
    assert not is_stub(program)


@pytest.mark.filterwarnings("error")
def test_no_warning_about_a_models_program_is_heard() -> None:
    assert not is_stub("def f(x):\n    return '\\d' is 1\n")


def test_what_is_dropped_is_counted() -> None:
    selection = select_minimal(["", "  \n", STUBS[0], PROGRAMS[0], PROGRAMS[2]])
    assert selection.kept == (3, 4)
    assert (selection.empty, selection.stubs) == (2, 1)


def test_a_stub_is_one_in_the_language_of_its_problem() -> None:
    empty = "function f(x) {\n  // later\n}\n"
    assert select_minimal([empty, empty], languages=["javascript", "python"]).kept == (1,)


def test_stubs_can_be_kept_empty_answers_cannot() -> None:
    selection = select_minimal(["", STUBS[0]], drop_stubs=False)
    assert selection.kept == (1,)
    assert (selection.empty, selection.stubs) == (1, 0)


@given(st.lists(st.text(max_size=60), max_size=20))
def test_every_sample_is_kept_or_counted(programs: list[str]) -> None:
    selection = select_minimal(programs)
    assert len(selection.kept) + selection.empty + selection.stubs == len(programs)
    assert list(selection.kept) == sorted(set(selection.kept))


def _sample(completion: str, finish: FinishReason) -> Sample:
    return Sample(
        problem_id="p",
        index=0,
        completion=completion,
        finish_reason=finish,
        seed=1,
        prompt_tokens=1,
        completion_tokens=1,
    )


ONE_STOP = Prompt(user="q", prefix="```python\n", stop=("\n```",))
STOPS = Prompt(user="q", stop=("\nclass ", "\ndef "), chat=False)
STOP, LENGTH = FinishReason.STOP, FinishReason.LENGTH


def test_the_tokens_that_were_drawn_are_what_is_learned() -> None:
    drawn = _sample("x = 1", STOP).model_copy(update={"tokens": (4, 5, 6), "stop": "\ndef "})
    example = training_example(STOPS, drawn)
    assert (example.tokens, example.completion) == ((4, 5, 6), "x = 1\ndef ")


@pytest.mark.parametrize(
    ("prompt", "finish", "known", "text", "end"),
    [
        (ONE_STOP, STOP, {}, "x = 1\n```", None),
        (ONE_STOP, STOP, {"end_token": 2}, "x = 1", 2),
        (ONE_STOP, LENGTH, {}, "x = 1", None),
        (STOPS, STOP, {}, "x = 1", None),
        (STOPS, STOP, {"stop": "\ndef "}, "x = 1\ndef ", None),
        (STOPS, STOP, {"end_token": 2}, "x = 1", 2),
    ],
)
def test_of_text_alone_nothing_is_learned_that_the_model_may_not_have_said(
    prompt: Prompt, finish: FinishReason, known: dict[str, object], text: str, end: int | None
) -> None:
    example = training_example(prompt, _sample("x = 1", finish).model_copy(update=known))
    assert (example.completion, example.end_token, example.tokens) == (text, end, None)


def test_a_fine_tune_of_the_first_version_is_found_by_what_it_was_trained_on() -> None:
    assert earlier_example(STOPS, _sample("x = 1", STOP)).completion == "x = 1\nclass "
    assert earlier_example(STOPS, _sample("x = 1", LENGTH)).completion == "x = 1"


def test_ends_are_counted() -> None:
    tokens = {"tokens": (1,)}
    samples = [
        _sample("a", STOP).model_copy(update={**tokens, "stop": "\ndef "}),
        _sample("b", STOP).model_copy(update={**tokens, "end_token": 2}),
        _sample("c", LENGTH).model_copy(update=tokens),
        _sample("d", STOP),
    ]
    assert ends_of(samples) == ExampleEnds(stop_string=1, end_token=1, token_limit=1, unknown=1, from_text=1)


def test_the_default_rates_lie_in_the_customary_ranges() -> None:
    assert 1e-5 <= default_learning_rate("full") <= 5e-5
    assert 1e-4 <= default_learning_rate("lora") <= 5e-4
    assert training_config(TrainingSection(method="lora", lora_rank=32)).lora_alpha == 64
