"""Reading a completion from the body of a response; whatever is no completion is a fault, never an empty sample."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from passgap.engines.server.faults import RefusedPromptError, RefusedStudyError, TryAgainError
from passgap.records import FinishReason

_REASONS = {
    "stop": FinishReason.STOP,
    "eos": FinishReason.STOP,
    "eos_token": FinishReason.STOP,
    "stop_sequence": FinishReason.STOP,
    "length": FinishReason.LENGTH,
}

CountTokens = Callable[[str], int]


@dataclass(frozen=True)
class ServedCompletion:
    """One completion as the server gave it."""

    text: str
    reason: FinishReason
    prompt_tokens: int
    completion_tokens: int
    stop: str | None = None
    """The stop string that ended it, where that is known."""
    end_token: int | None = None
    """The id of the token that ended it, where the server reports it."""


def read_response(
    document: dict[str, Any], stop: tuple[str, ...], prompt_tokens: int | None, count: CountTokens | None
) -> ServedCompletion:
    """Read a response of either endpoint.

    Args:
        document: the response's body.
        stop: the stop strings: some servers leave the one that was found in the text.
        prompt_tokens: how many tokens the prompt has, where that is known here.
        count: counts the tokens of a completion, for servers that report no usage.

    Raises:
        TryAgainError: this is no completion.
        RefusedPromptError: the server's filter cut it: what is left is not the model's sample.
        RefusedStudyError: no usage is reported and no tokenizer is at hand to count.
    """
    choices = document.get("choices")
    choice = choices[0] if isinstance(choices, list) and len(choices) == 1 else None
    if not isinstance(choice, dict):
        raise TryAgainError(f"an answer without its one choice (it has {', '.join(sorted(document)) or 'nothing'})")
    text, ended = _text_of(choice), choice.get("finish_reason")
    if ended == "content_filter":
        raise RefusedPromptError("the server's content filter cut the answer, so it is no sample of the model")
    reason = _REASONS.get(str(ended))
    if text is None or reason is None:
        raise TryAgainError(f"an answer without text or with the finish reason {ended!r}")
    found, end_token = _ended_by(choice, stop)
    places = [(place, each) for each in stop if (place := text.find(each)) >= 0]
    if places:
        place, found = min(places)
        text, reason, end_token = text[:place], FinishReason.STOP, None
    usage = document.get("usage")
    reported = usage if isinstance(usage, dict) else {}
    asked, written = reported.get("prompt_tokens", prompt_tokens), reported.get("completion_tokens")
    if written is None and count is not None:
        written = count(text) + (reason is FinishReason.STOP)
    if not isinstance(asked, int) or not isinstance(written, int):
        raise RefusedStudyError(
            "the server reports no token usage, so neither cost nor truncation can be stated. Name `engine.tokenizer`, "
            "and tokens are counted here"
        )
    return ServedCompletion(
        text, reason, prompt_tokens=max(0, asked), completion_tokens=max(1, written), stop=found, end_token=end_token
    )


def _text_of(choice: dict[str, Any]) -> str | None:
    """The text of an answer: empty where a server keeps reasoning apart and the token limit came before the answer."""
    message = choice.get("message")
    if not isinstance(message, dict):
        found = choice.get("text")
        return found if isinstance(found, str) else None
    found = message.get("content")
    if found is None and any(isinstance(message.get(name), str) for name in ("reasoning_content", "reasoning")):
        return ""
    return found if isinstance(found, str) else None


def _ended_by(choice: dict[str, Any], stop: tuple[str, ...]) -> tuple[str | None, int | None]:
    """The stop string and the end token that ended an answer, as far as the server reports them."""
    told = choice.get("stop_reason", choice.get("matched_stop"))
    if isinstance(told, str) and told in stop:
        return told, None
    return None, told if isinstance(told, int) and not isinstance(told, bool) and told >= 0 else None
