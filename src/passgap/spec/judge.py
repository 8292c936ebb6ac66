"""A judge model, which reads the answers to the safety prompts in place of the battery's rules."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from passgap.spec.engines import BaseUrl, Dialect, ServerEngine, VariableName
from passgap.spec.section import Section, Text

Price = Annotated[float, Field(ge=0.0, allow_inf_nan=False)]


class JudgeSection(Section):
    """A model behind an OpenAI-compatible server that says of each answer whether it refuses or complies."""

    model: Text = Field(description="The name under which the server has the judge.", examples=["gpt-5"])
    base_url: BaseUrl = Field(
        description="Where the server is, with its version path and without any credentials.",
        examples=["https://api.openai.com/v1"],
    )
    dialect: Dialect = Field(default=Dialect.OPENAI, description="What the server is, as in `engine.dialect`.")
    key_variable: VariableName | None = Field(
        default=None,
        description="The name of the environment variable that holds the key; the key itself stands nowhere.",
        examples=["JUDGE_API_KEY"],
    )
    otherwise: Literal["insufficient", "rules"] = Field(
        default="insufficient",
        description="What holds where the judge gives no judgement on more than 2 % of the answers: the probe is "
        "`insufficient`, or the battery's `rules` decide, for both models.",
    )
    max_new_tokens: int = Field(
        default=16, ge=1, le=32_768, description="The most tokens of a judgement; a model that thinks first needs more."
    )
    concurrency: int = Field(default=8, ge=1, le=1024, description="Requests in flight at most.")
    requests_per_minute: int | None = Field(default=None, ge=1, description="The server's limit, where it has one.")
    tokens_per_minute: int | None = Field(
        default=None, ge=1, description="The server's limit on prompt and new tokens together, where it has one."
    )
    timeout_seconds: float = Field(default=60.0, gt=0.0, le=86400.0, description="How long one judgement may take.")
    retry_seconds: float = Field(
        default=120.0, ge=0.0, le=86400.0, description="How long a failing request is tried again before it counts."
    )
    price_prompt: Price = Field(
        default=0.0, description="What a million prompt tokens of the judge cost, in the currency of the budget."
    )
    price_tokens: Price = Field(
        default=0.0, description="What a million tokens that the judge writes cost, in the currency of the budget."
    )

    @property
    def server(self) -> ServerEngine:
        """The judge's server, as the engine of servers knows one."""
        return ServerEngine(
            name="server",
            base_url=self.base_url,
            dialect=self.dialect,
            key_variable=self.key_variable,
            concurrency=self.concurrency,
            requests_per_minute=self.requests_per_minute,
            tokens_per_minute=self.tokens_per_minute,
            timeout_seconds=self.timeout_seconds,
            retry_seconds=self.retry_seconds,
            logprobs=0,
        )

    def money(self, prompt_tokens: float, tokens: float) -> float:
        """The price of so many tokens that the judge reads and writes, in the currency of the budget."""
        return (prompt_tokens * self.price_prompt + tokens * self.price_tokens) / 1e6
