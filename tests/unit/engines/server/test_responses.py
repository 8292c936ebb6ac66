"""An answer is read for what it is, or it is none."""

from __future__ import annotations

from typing import Any

import pytest

from passgap.engines.server.faults import RefusedPromptError, RefusedStudyError, TryAgainError
from passgap.engines.server.responses import read_response
from passgap.engines.server.top_logprobs import read_top_logprobs
from passgap.records import FinishReason

USAGE = {"prompt_tokens": 7, "completion_tokens": 3}


def document(**changes: Any) -> dict[str, Any]:
    return {"choices": [{"text": "return 1", "finish_reason": "stop", **changes}], "usage": USAGE}


@pytest.mark.parametrize(
    ("said", "meant"), [("stop", FinishReason.STOP), ("length", FinishReason.LENGTH), ("eos", FinishReason.STOP)]
)
def test_reasons_are_mapped(said: str, meant: FinishReason) -> None:
    answer = read_response(document(finish_reason=said), (), None, None)
    assert (answer.text, answer.reason, answer.prompt_tokens, answer.completion_tokens) == ("return 1", meant, 7, 3)


def test_a_message_is_read_like_a_text() -> None:
    chat = {"choices": [{"message": {"content": "yes"}, "finish_reason": "stop"}], "usage": USAGE}
    assert read_response(chat, (), None, None).text == "yes"


def test_a_stop_string_that_was_left_in_is_cut_out_and_is_the_reason() -> None:
    answer = read_response(document(text="a\n```\nb", finish_reason="length"), ("\n```",), None, None)
    assert (answer.text, answer.reason) == ("a", FinishReason.STOP)


@pytest.mark.parametrize(
    "bad",
    [
        {},
        {"choices": []},
        {"choices": None},
        {"choices": ["text"]},
        {"error": {"message": "boom"}},
        document(text=None),
        document(finish_reason=None),
        document(finish_reason="abort"),
        {"choices": [{"message": {"content": None}, "finish_reason": "stop"}], "usage": USAGE},
    ],
)
def test_what_is_no_answer_is_asked_again_and_never_an_empty_sample(bad: dict[str, Any]) -> None:
    with pytest.raises(TryAgainError):
        read_response(bad, (), 7, len)


def test_an_answer_that_a_filter_cut_is_no_sample() -> None:
    with pytest.raises(RefusedPromptError, match="filter"):
        read_response(document(finish_reason="content_filter"), (), None, None)


def test_without_usage_tokens_are_counted_or_it_is_said() -> None:
    bare = {"choices": [{"text": "a b c", "finish_reason": "stop"}]}
    answer = read_response(bare, (), 5, lambda text: len(text.split()))
    assert (answer.prompt_tokens, answer.completion_tokens) == (5, 4), "the token that ended it counts"
    with pytest.raises(RefusedStudyError, match="no token usage"):
        read_response(bare, (), None, None)


def test_log_probabilities_are_read_in_both_shapes_most_likely_first() -> None:
    by_token = {"choices": [{"logprobs": {"top_logprobs": [{"a": -2.0, "b": -0.5, "c": -1.5}]}}]}
    by_content = {"choices": [{"logprobs": {"content": [{"top_logprobs": [{"logprob": -2.0}, {"logprob": -0.5}]}]}}]}
    assert read_top_logprobs(by_token) == [-0.5, -1.5, -2.0]
    assert read_top_logprobs(by_content) == [-0.5, -2.0]


@pytest.mark.parametrize(
    ("logprobs", "error"),
    [
        (None, RefusedPromptError),
        ({"top_logprobs": []}, TryAgainError),
        ({"top_logprobs": [{"a": 0.0, "b": 0.0}]}, TryAgainError),
        ({"top_logprobs": [{"a": -0.1, "b": float("nan")}]}, TryAgainError),
        ({"content": [{"top_logprobs": [{"logprob": -1.0}]}]}, TryAgainError),
    ],
)
def test_log_probabilities_that_are_none_are_not_taken_for_some(logprobs: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        read_top_logprobs({"choices": [{"logprobs": logprobs}]})


@pytest.mark.parametrize(
    ("said", "stop", "end_token"),
    [
        ({"stop_reason": "\n#"}, "\n#", None),
        ({"stop_reason": 7}, None, 7),
        ({"matched_stop": 7}, None, 7),
        ({"stop_reason": None}, None, None),
        ({"stop_reason": "something else"}, None, None),
        ({"text": "x\n# y", "stop_reason": 7}, "\n#", None),
    ],
)
def test_what_ended_an_answer_is_kept_where_the_server_tells_it(
    said: dict[str, object], stop: str | None, end_token: int | None
) -> None:
    answer = read_response(document(**said), ("\n#", "\ndef "), None, None)
    assert (answer.stop, answer.end_token) == (stop, end_token)


def test_an_answer_that_was_cut_while_it_reasoned_is_empty_and_no_fault() -> None:
    message = {"content": None, "reasoning_content": "First I"}
    answer = read_response(
        {"choices": [{"message": message, "finish_reason": "length"}], "usage": USAGE}, (), None, None
    )
    assert (answer.text, answer.reason) == ("", FinishReason.LENGTH)
