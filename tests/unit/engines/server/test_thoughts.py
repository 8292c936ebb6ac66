"""Each kind of server is told how much to think in its own words, and is held to it by what it answers."""

from __future__ import annotations

from typing import Any

import pytest

from passgap.engines.server.faults import RefusedStudyError
from passgap.engines.server.thoughts import TOLERANCE, refuse_unkept, thinking_fields, thought_tokens
from passgap.spec import Dialect, ThinkingSection, unsupported_thinking

BUDGET = ThinkingSection(tokens=10)


@pytest.mark.parametrize(
    ("dialect", "sent"),
    [
        (Dialect.VLLM, {"thinking_token_budget": 10}),
        (Dialect.SGLANG, {"custom_params": {"thinking_budget": 10}}),
        (Dialect.LLAMA_CPP, {"reasoning_budget_tokens": 10}),
    ],
)
def test_a_budget_has_a_name_by_the_kind_of_server(dialect: Dialect, sent: dict[str, Any]) -> None:
    assert thinking_fields(dialect, BUDGET, {"max_tokens": 5}) == {"max_tokens": 5, **sent}
    assert thinking_fields(dialect, None, {"max_tokens": 5}) == {"max_tokens": 5}


def test_the_openai_api_has_another_name_for_the_limit_of_models_that_think() -> None:
    said = thinking_fields(Dialect.OPENAI, ThinkingSection(effort="high"), {"max_tokens": 5, "seed": 1})
    assert said == {"max_completion_tokens": 5, "seed": 1, "reasoning_effort": "high"}


@pytest.mark.parametrize(
    ("dialect", "thinking", "refused"),
    [
        ("openai", {"tokens": 5}, ["tokens"]),
        ("openai", {"effort": "low"}, []),
        ("transformers", {"tokens": 5, "effort": "low", "template": {"a": 1}}, ["tokens", "effort", "template"]),
        ("llama.cpp", {"tokens": 5, "effort": "low", "template": {"a": 1}}, ["effort"]),
        ("vllm", {"tokens": 5, "effort": "low", "template": {"a": 1}}, []),
    ],
)
def test_what_a_kind_of_server_cannot_be_told_is_refused(
    dialect: str, thinking: dict[str, Any], refused: list[str]
) -> None:
    said = list(unsupported_thinking(dialect, ThinkingSection.model_validate(thinking), None))
    assert [each.partition(":")[0].removeprefix("engine.thinking.") for each in said] == refused
    assert "engine.tokenizer" in next(unsupported_thinking(dialect, BUDGET, "a/tokenizer"))


def answered(usage: dict[str, Any] | None = None, **message: Any) -> dict[str, Any]:
    return {"choices": [{"message": {"content": "4", **message}}], "usage": usage or {}}


@pytest.mark.parametrize(
    ("document", "tokens"),
    [
        (answered({"completion_tokens_details": {"reasoning_tokens": 300}}, reasoning_content="a"), 300),
        (answered(reasoning_content="two words"), 2),
        (answered(reasoning="two words"), 2),
        (answered(content="<think>\nthree more words</think>4"), 4),
        (answered({"completion_tokens_details": None}), 0),
        ({"choices": [{"text": "4"}]}, 0),
        ({"choices": None}, 0),
        ({"choices": ["x"]}, 0),
        ({}, 0),
    ],
)
def test_thoughts_are_counted_as_reported_or_by_their_words(document: dict[str, Any], tokens: int) -> None:
    assert thought_tokens(document) == tokens


def test_a_budget_that_is_not_kept_stops_the_study() -> None:
    refuse_unkept(answered(reasoning_content="so " * (10 + TOLERANCE)), BUDGET)
    refuse_unkept(answered(reasoning_content="so " * 1000), ThinkingSection(effort="low"))
    with pytest.raises(RefusedStudyError, match="does not keep the budget"):
        refuse_unkept(answered(reasoning_content="so " * (11 + TOLERANCE)), BUDGET)


def test_a_section_that_states_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="neither"):
        ThinkingSection()
