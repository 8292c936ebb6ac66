"""The thinking that a model is asked for: a budget in tokens, an effort, variables of a served model's template."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, JsonValue, model_validator

from passgap.spec.section import Section, Text


class ThinkingSection(Section):
    """How much a model thinks before it answers. What an engine or a kind of server cannot be told is refused."""

    tokens: int | None = Field(
        default=None,
        ge=1,
        description="The most tokens of thoughts. vLLM's offline engine ends them there; a server that lets a model "
        "think on is found out, and nothing is measured there.",
        examples=["4096"],
    )
    effort: Literal["minimal", "low", "medium", "high"] | None = Field(
        default=None, description="The effort in the words of the OpenAI API, which is no budget.", examples=["medium"]
    )
    template: dict[Text, JsonValue] = Field(
        default={},
        description="Variables of the model's chat template.",
        examples=["{enable_thinking: true}"],
    )

    @model_validator(mode="after")
    def _something(self) -> ThinkingSection:
        if self.tokens is None and self.effort is None and not self.template:
            raise ValueError("states neither `tokens` nor `effort` nor `template`")
        return self


BUDGETS = {
    "vllm": "thinking_token_budget",
    "sglang": "custom_params.thinking_budget",
    "llama.cpp": "reasoning_budget_tokens",
}
"""The field of a request that holds the budget, by the kind of server; others have none."""
EFFORTS = frozenset({"openai", "vllm", "sglang"})
"""The kinds of servers that take an effort."""
TEMPLATES = frozenset({"vllm", "sglang", "llama.cpp"})
"""The kinds of servers that take variables of the chat template."""


def unsupported_thinking(dialect: str, thinking: ThinkingSection | None, tokenizer: str | None) -> Iterator[str]:
    """Yield what a kind of server cannot be told about thinking, each with what to change.

    Args:
        dialect: the kind of server.
        thinking: as a study declares it.
        tokenizer: where prompts are rendered here, so that they are sent as text.
    """
    if thinking is None:
        return
    if tokenizer is not None:
        yield (
            "engine.thinking: with `engine.tokenizer`, prompts are sent as text or tokens, which no server parts into "
            "thoughts and answer. Remove one of the two."
        )
    for field, known, lacking in (
        ("tokens", BUDGETS, thinking.tokens is not None),
        ("effort", EFFORTS, thinking.effort is not None),
        ("template", TEMPLATES, bool(thinking.template)),
    ):
        if lacking and dialect not in known:
            yield (
                f"engine.thinking.{field}: a server of the kind `{dialect}` cannot be told this; those of the kinds "
                f"{', '.join(sorted(known))} can. Remove it, or name another `engine.dialect` if the server "
                f"understands it."
            )


def unsupported_offline(thinking: ThinkingSection | None, *, keeps_logprobs: bool) -> Iterator[str]:
    """Yield what vLLM's offline engine cannot be told about thinking, each with what to change.

    Args:
        thinking: as a study declares it.
        keeps_logprobs: whether the engine keeps the log-probabilities of drawn tokens.
    """
    if thinking is None:
        return
    if thinking.effort is not None or thinking.template:
        named = " and ".join(
            f"engine.thinking.{name}" for name in ("effort", "template") if getattr(thinking, name) not in (None, {})
        )
        yield (
            f"{named}: prompts are rendered here as models are trained on them, in the chat template as it is. Change "
            f"the `chat_template.jinja` of the model's folder instead, or sample from a server."
        )
    if thinking.tokens is not None and keeps_logprobs:
        yield (
            "engine.keep_logprobs: the mark that ends thoughts at `engine.thinking.tokens` is not drawn, and has no "
            "log-probability to keep. Remove one of the two."
        )
