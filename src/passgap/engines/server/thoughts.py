"""The fields of requests that say how much a model thinks, and what answers show of it."""

from __future__ import annotations

from typing import Any

from passgap.engines.server.faults import RefusedStudyError
from passgap.spec import Dialect, ThinkingSection
from passgap.spec.thinking import BUDGETS

TOLERANCE = 64
"""Tokens beyond a budget that count as kept: the text by which a server ends the thoughts, and the rest of a word."""
_THOUGHTS = ("reasoning_content", "reasoning")


def thinking_fields(dialect: Dialect, thinking: ThinkingSection | None, settings: dict[str, Any]) -> dict[str, Any]:
    """The settings of a request with those about thinking.

    Args:
        dialect: the kind of server.
        thinking: as the study declares it, and as the server can be told.
        settings: of the request. The OpenAI API has another name for the token limit of models that think.
    """
    if thinking is None:
        return settings
    body = dict(settings)
    if dialect is Dialect.OPENAI:
        body["max_completion_tokens"] = body.pop("max_tokens")
    if thinking.tokens is not None:
        outer, _, inner = BUDGETS[dialect.value].partition(".")
        body[outer] = {inner: thinking.tokens} if inner else thinking.tokens
    if thinking.effort is not None:
        body["reasoning_effort"] = thinking.effort
    if thinking.template:
        body["chat_template_kwargs"] = dict(thinking.template)
    return body


def refuse_unkept(document: dict[str, Any], thinking: ThinkingSection | None) -> None:
    """Refuse a server that let a model think beyond its budget, as those do that ignore fields which they do not know.

    The tokens of thoughts are those that the server reports; of thoughts without a report, there are at least as many
    as words.

    Raises:
        RefusedStudyError: it did.
    """
    if thinking is None or thinking.tokens is None:
        return
    spent = thought_tokens(document)
    if spent > thinking.tokens + TOLERANCE:
        raise RefusedStudyError(
            f"the model thought for {spent} tokens, and `engine.thinking.tokens` allows {thinking.tokens}: the server "
            f"does not keep the budget. Start it with what that takes (vLLM: `--reasoning-parser`; SGLang: besides, "
            f"`--enable-strict-thinking`), or remove the budget"
        )


def thought_tokens(document: dict[str, Any]) -> int:
    """The tokens of thoughts in a response: as the server reports them, or a lower bound."""
    usage = document.get("usage")
    details = usage.get("completion_tokens_details") if isinstance(usage, dict) else None
    reported = details.get("reasoning_tokens") if isinstance(details, dict) else None
    if isinstance(reported, int) and reported > 0:
        return reported
    choices = document.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(message, dict):
        return 0
    kept_apart = next((message[name] for name in _THOUGHTS if isinstance(message.get(name), str)), None)
    content = message.get("content")
    inline = content.partition("</think>")[0] if isinstance(content, str) and "</think>" in content else ""
    return len((kept_apart or inline).split())
