"""The form in which a server gets a prompt: the local engine's tokens where possible, else text or a conversation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from passgap.engines.server.dialects import CONTINUED_TURN
from passgap.errors import EngineError
from passgap.models.chat import render_prompt, turns_of
from passgap.models.digests import tokenizer_digest
from passgap.models.resolution import resolve_tokenizer
from passgap.records import Prompt
from passgap.spec import Dialect

if TYPE_CHECKING:
    from passgap.engines.common.prompt_encoder import PromptEncoder

COMPLETIONS = "completions"
CHAT = "chat/completions"

_CHARACTERS_PER_TOKEN = 3
"""For the rate limit alone, where no tokenizer is at hand: code has a little more."""


@dataclass(frozen=True)
class PromptPayload:
    """The endpoint that a prompt is sent to, and its part of the request's body."""

    path: str
    body: dict[str, Any]
    tokens: int | None
    """How many tokens the prompt has, where they were counted here."""
    about: int
    """How many tokens it has, at least approximately."""


class PayloadBuilder:
    """Builds the payloads of prompts for one kind of server.

    Args:
        dialect: the kind of server.
        tokenizer: the id of the served model's tokenizer, or None to let the server render the prompts.
    """

    def __init__(self, dialect: Dialect, tokenizer: str | None) -> None:
        self._dialect = dialect
        self._encoder: PromptEncoder | None = None
        self.digest: str | None = None
        if tokenizer is not None:
            from passgap.engines.common.prompt_encoder import (  # noqa: PLC0415 - a server alone needs no transformers
                PromptEncoder,
            )

            folder = resolve_tokenizer(tokenizer)
            self._encoder = PromptEncoder(folder)
            self.digest = tokenizer_digest(folder)

    @property
    def has_tokenizer(self) -> bool:
        """Whether prompts are rendered and counted here."""
        return self._encoder is not None

    @property
    def form(self) -> str:
        """The form in which chat prompts are sent; part of the engine's identity."""
        if not self.has_tokenizer:
            return "conversation"
        return "tokens" if self._dialect.takes_tokens else "text"

    @property
    def encoder(self) -> PromptEncoder:
        """The served model's tokenizer, where the study names it."""
        assert self._encoder is not None
        return self._encoder

    def count(self, text: str) -> int:
        """The number of tokens of a completion."""
        return len(self.encoder.tokenizer(text, add_special_tokens=False)["input_ids"])

    def build(self, prompt: Prompt) -> PromptPayload:
        """Build the payload of a prompt.

        Raises:
            EngineError: this server cannot be sent the prompt without changing its meaning.
        """
        if prompt.suffix is not None:
            about = (len(prompt.user) + len(prompt.suffix)) // _CHARACTERS_PER_TOKEN + 1
            body: dict[str, Any] = {"prompt": prompt.user + prompt.prefix, "suffix": prompt.suffix}
            return PromptPayload(COMPLETIONS, body, tokens=None, about=about)
        if self.has_tokenizer:
            tokens = self.encoder.tokens(prompt)
            sent = tokens if self._dialect.takes_tokens else self._text_of(prompt, tokens)
            return PromptPayload(COMPLETIONS, {"prompt": sent}, tokens=len(tokens), about=len(tokens))
        about = sum(len(each["content"]) for each in turns_of(prompt)) + len(prompt.prefix)
        about = about // _CHARACTERS_PER_TOKEN + 1
        if not prompt.chat:
            return PromptPayload(COMPLETIONS, {"prompt": prompt.user + prompt.prefix}, tokens=None, about=about)
        if prompt.prefix and not self._dialect.continues_answers:
            raise EngineError(
                f"a chat endpoint of the kind `{self._dialect.value}` cannot continue a prefilled answer",
                ["Name the served model's tokenizer under `engine.tokenizer`."],
            )
        turns = turns_of(prompt)
        body = {"messages": turns}
        if prompt.prefix:
            turns.append({"role": "assistant", "content": prompt.prefix})
            body |= CONTINUED_TURN
        return PromptPayload(CHAT, body, tokens=None, about=about)

    def _text_of(self, prompt: Prompt, tokens: list[int]) -> str:
        """The text that the server's tokenizer, which adds its special tokens, encodes as these tokens."""
        tokenizer = self.encoder.tokenizer
        rendered = render_prompt(tokenizer, prompt)
        for text in (rendered, rendered.removeprefix(tokenizer.bos_token or "")):
            if list(tokenizer(text)["input_ids"]) == tokens:
                return text
        raise EngineError(
            "a prompt cannot be sent to this server as text",
            [
                "Its tokenizer adds special tokens to what the chat template gives. Remove `engine.tokenizer` to send "
                "conversations instead, or serve the model with a server that takes tokens: vLLM, SGLang, llama.cpp."
            ],
        )
