"""Decoding and encoding in context: the text of a completion's tokens, and the tokens of its text.

A SentencePiece tokenizer (Llama 2, CodeLlama, Mistral) drops the space in front of the first token that it decodes,
and puts one in front of the first word that it encodes. Both are right at the beginning of a text and wrong in the
middle of one, where a completion begins.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

CONTEXT = 8
"""Tokens before the first one that are decoded with it: the text of a token depends on its neighbours alone."""

_KEPT = frozenset(
    {"<think>", "</think>", "[THINK]", "[/THINK]", "<|channel|>", "<|message|>", "<|start|>", "<|end|>", "◁think▷"}
    | {"◁/think▷", "<|START_THINKING|>", "<|END_THINKING|>", "<|START_RESPONSE|>", "<|END_RESPONSE|>"}
    | {"▁<EOT>", "<|EOT|>", "<fim_pad>", "<|fim_pad|>"}
    | {"<|begin_of_thought|>", "<|end_of_thought|>", "<|begin_of_solution|>", "<|end_of_solution|>"}
)
"""Special tokens that separate reasoning from an answer, or end the middle of a program, and stay in the text for that.
"""

_BROKEN = "\N{REPLACEMENT CHARACTER}"

_ANCHOR = "\n"
"""Text that no tokenizer merges with a letter: a completion is encoded behind it where it would merge otherwise."""


class Detokenizer:
    """Decodes completions with one tokenizer of transformers; special tokens are no part of a completion's text."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        special = zip(tokenizer.all_special_tokens, tokenizer.all_special_ids, strict=True)
        self._hidden = frozenset(number for name, number in special if str(name) not in _KEPT)
        self._may_end: dict[tuple[tuple[str, ...], int], bool] = {}

    def text(self, before: Sequence[int], tokens: Sequence[int]) -> str:
        """The text that tokens add to those ``before`` them."""
        context = list(before[-CONTEXT:])
        head = self._decoded(context)
        whole = self._decoded([*context, *(token for token in tokens if token not in self._hidden)])
        return whole[len(head) :] if whole.startswith(head) else whole[_alike(head, whole) :]

    def stop_in_end(self, before: Sequence[int], tokens: Sequence[int], stops: tuple[str, ...]) -> bool:
        """Whether the last token completes one of the stop strings.

        Most tokens cannot, by their own text; for any other one, as many tokens are decoded as a stop string can
        span.
        """
        key = (stops, tokens[-1])
        if key not in self._may_end:
            self._may_end[key] = self._can_end(tokens[-1], stops)
        if not self._may_end[key]:
            return False
        reach = max(len(stop.encode()) for stop in stops) + 1
        near = tokens[-reach:]
        far = tokens[: -len(near)] if len(near) < len(tokens) else ()
        context = [*(before[-CONTEXT:] if len(far) < CONTEXT else ()), *far[-CONTEXT:]]
        tail = self.text(context, near)
        return any(stop in tail for stop in stops)

    def _can_end(self, token: int, stops: tuple[str, ...]) -> bool:
        alone = self._decoded([token])
        if not alone or _BROKEN in alone:
            return True
        # Decoded alone, a token may have lost the space in front of it.
        forms = (alone, f" {alone}")
        return any(
            stop in form or form.startswith(stop[place:])
            for stop in stops
            for form in forms
            for place in range(len(stop))
        )

    def _decoded(self, tokens: list[int]) -> str:
        # No clean-up: it takes spaces out from before punctuation, which in a program are the author's.
        return str(
            self._tokenizer.decode(
                tokens,
                skip_special_tokens=False,
                clean_up_tokenization_spaces=False,
                spaces_between_special_tokens=False,
            )
        )


def _alike(first: str, second: str) -> int:
    """The number of characters with which two texts begin alike."""
    shorter = min(len(first), len(second))
    return next((place for place in range(shorter) if first[place] != second[place]), shorter)


@lru_cache(maxsize=8)
def detokenizer_of(tokenizer: Any) -> Detokenizer:
    """The one detokenizer of a tokenizer."""
    return Detokenizer(tokenizer)


def tokens_of_prompt(tokenizer: Any, rendered: str, *, special: bool) -> list[int]:
    """The tokens of a rendered prompt.

    A tokenizer that would end every text with an end token is kept from it: nothing continues behind an end.

    Args:
        tokenizer: a tokenizer of transformers.
        rendered: the rendered prompt.
        special: whether the tokenizer adds its own special tokens; those of a chat prompt are in it already.
    """
    tokens = list(tokenizer(rendered, add_special_tokens=special)["input_ids"])
    ended = special and tokens[-1:] == [tokenizer.eos_token_id] and len(tokens) > 1
    return tokens[:-1] if ended and not rendered.endswith(str(tokenizer.eos_token)) else tokens


def tokens_behind(tokenizer: Any, prompt: str, prompt_tokens: Sequence[int], text: str, *, special: bool) -> list[int]:
    """The tokens of a text that continues a prompt.

    They are those that the tokenizer gives it behind the prompt; where it merges across the boundary, those that it
    gives it behind a line break; of both, the first that decode to the text. Which tokens a model sampled, no text can
    tell: these are one way to write it.

    Args:
        tokenizer: a tokenizer of transformers.
        prompt: the rendered prompt.
        prompt_tokens: its tokens.
        text: what follows it.
        special: whether the tokenizer adds its own special tokens to a prompt.
    """
    before = list(prompt_tokens)
    whole = list(tokenizer(prompt + text, add_special_tokens=special)["input_ids"])
    if special and whole and whole[-1] == tokenizer.eos_token_id and not text.endswith(str(tokenizer.eos_token)):
        whole.pop()
    anchor = list(tokenizer(_ANCHOR, add_special_tokens=False)["input_ids"])
    anchored = list(tokenizer(_ANCHOR + text, add_special_tokens=False)["input_ids"])
    alone = list(tokenizer(text, add_special_tokens=False)["input_ids"])
    ways = [
        *([whole[len(before) :]] if whole[: len(before)] == before else []),
        *([anchored[len(anchor) :]] if anchored[: len(anchor)] == anchor else []),
        alone,
    ]
    decode = detokenizer_of(tokenizer).text
    return next((way for way in ways if decode(before, way) == text), ways[0])
