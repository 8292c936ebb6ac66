"""Prompts as token ids of a model folder's own tokenizer, checked against the model's context length."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from transformers import AutoConfig, AutoTokenizer, GenerationConfig

from passgap.errors import EngineError
from passgap.models.chat import completion_tokens, prompt_tokens
from passgap.models.folders import from_folder
from passgap.ports import SampleRequest
from passgap.records import Decoding, Prompt


@dataclass(frozen=True)
class EncodedRequest:
    """A request and its prompt's token ids."""

    request: SampleRequest
    tokens: tuple[int, ...]


class PromptEncoder:
    """The tokenizer of a model folder, with the context length and end tokens of its configuration.

    Args:
        folder: the model's.
        context_tokens: the most tokens of the model's context that are used; by default all of it.
    """

    def __init__(self, folder: Path, context_tokens: int | None = None) -> None:
        self._folder = folder
        self._limit = context_tokens or sys.maxsize

    @cached_property
    def config(self) -> Any:
        """The model's configuration."""
        return from_folder(AutoConfig, self._folder)

    @cached_property
    def tokenizer(self) -> Any:
        """The model's tokenizer."""
        return from_folder(AutoTokenizer, self._folder)

    @cached_property
    def ends(self) -> frozenset[int]:
        """The tokens that end an answer: chat models often name theirs in the generation config alone."""
        try:
            generation = GenerationConfig.from_pretrained(self._folder, local_files_only=True)
        except OSError:
            generation = GenerationConfig()  # type: ignore[no-untyped-call]
        ends = [self.tokenizer.eos_token_id]
        for named in (getattr(self.config, "eos_token_id", None), generation.eos_token_id):
            ends.extend(named if isinstance(named, list) else [named])
        return frozenset(token for token in ends if token is not None)

    @property
    def context(self) -> int:
        """The most tokens of a prompt and its completion together; some architectures have no limit."""
        own = getattr(self.config.get_text_config(), "max_position_embeddings", None) or sys.maxsize
        return min(int(own), self._limit)

    def tokens(self, prompt: Prompt) -> list[int]:
        """The token ids of a rendered prompt."""
        return prompt_tokens(self.tokenizer, prompt)

    def completion_tokens(self, prompt: Prompt, completion: str, limit: int) -> list[int]:
        """The first ``limit`` token ids of a completion given as text, encoded behind its prompt."""
        return completion_tokens(self.tokenizer, prompt, self.tokens(prompt), completion)[:limit]

    def encode(self, requests: Sequence[SampleRequest], decoding: Decoding) -> list[EncodedRequest]:
        """Encode the prompt of every request.

        Raises:
            EngineError: prompts leave no room for ``max_new_tokens``; all of them are named.
        """
        encoded = [EncodedRequest(request, tuple(self.tokens(request.prompt))) for request in requests]
        too_long = [each for each in encoded if len(each.tokens) + decoding.max_new_tokens > self.context]
        if too_long:
            raise EngineError(
                f"{len(too_long)} prompts do not fit into the context of {self.context} tokens",
                [
                    f"{each.request.problem_id}: {len(each.tokens)} tokens and {decoding.max_new_tokens} new ones"
                    for each in too_long
                ],
            )
        return encoded
