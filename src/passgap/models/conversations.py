"""Conversations as token ids, with the tokens that the assistant said and the token that ends its answers.

A conversation is rendered turn by turn, and what the assistant said is found by its prefix: the conversation up to that
turn, with the turn opened, is how the model is asked for it. So no template needs the marks that TRL's
``assistant_only_loss`` looks for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from passgap.errors import EngineError
from passgap.models.chat import render_turns
from passgap.models.tokens import tokens_behind, tokens_of_prompt

_ANSWER = "passgap-end-of-answer"
_SHOWN = 60


def end_of_answer(tokenizer: Any, *, chat: bool) -> list[int]:
    """The token that ends an answer: what the chat template puts after one, else the tokenizer's end of text."""
    if chat:
        turns = [{"role": "user", "content": "?"}, {"role": "assistant", "content": _ANSWER}]
        rendered = render_turns(tokenizer, turns, answered=True)
        after = tokenizer(rendered.rpartition(_ANSWER)[2].lstrip(), add_special_tokens=False)["input_ids"]
        if after and after[0] in tokenizer.added_tokens_decoder:
            return [int(after[0])]
    return [] if tokenizer.eos_token_id is None else [int(tokenizer.eos_token_id)]


def conversation_tokens(
    tokenizer: Any, turns: Sequence[dict[str, str]], *, opening: str = "", learned: bool
) -> tuple[list[int], list[bool]]:
    """The tokens of a conversation up to the opened turn of the assistant, and which of them a loss is taken on.

    Args:
        tokenizer: a tokenizer of transformers with a chat template.
        turns: with ``role`` and ``content``; the last one is not the assistant's.
        opening: what the assistant's turn begins with.
        learned: whether a loss is taken on the assistant's turns, each with the token that ends it.

    Raises:
        EngineError: the template refuses the conversation, or renders an answer in the middle of a conversation
            otherwise than where the model gives it.
    """
    whole = render_turns(tokenizer, list(turns)) + opening
    if not learned:
        tokens = tokens_of_prompt(tokenizer, whole, special=False)
        return tokens, [False] * len(tokens)
    row = _Row(tokenizer, whole)
    end = end_of_answer(tokenizer, chat=True)
    for number, turn in enumerate(turns):
        if turn["role"] == "assistant":
            opened = render_turns(tokenizer, list(turns[:number]))
            row.add(len(opened), learned=False)
            row.add(len(opened) + len(_as_rendered(whole, opened, turn["content"])), learned=True)
            row.add_end(end)
    row.add(len(whole), learned=False)
    return row.tokens, row.learned


class _Row:
    """A rendered conversation that is turned into tokens from its beginning to its end."""

    def __init__(self, tokenizer: Any, whole: str) -> None:
        self._tokenizer, self._whole, self._place = tokenizer, whole, 0
        self.tokens: list[int] = []
        self.learned: list[bool] = []

    def add(self, until: int, *, learned: bool) -> None:
        """Add the text up to a place."""
        done, text = self._whole[: self._place], self._whole[self._place : until]
        if not text:
            return
        added = (
            tokens_behind(self._tokenizer, done, self.tokens, text, special=False)
            if done
            else tokens_of_prompt(self._tokenizer, text, special=False)
        )
        self._append(added, until, learned=learned)

    def add_end(self, end: Sequence[int]) -> None:
        """Add the token that ends an answer, where it follows; white space before it is nothing that is learned."""
        if not end:
            return
        rest = self._whole[self._place :]
        space = len(rest) - len(rest.lstrip())
        text = str(self._tokenizer.convert_ids_to_tokens(list(end))[0])
        if rest[space:].startswith(text):
            self.add(self._place + space, learned=False)
            self._append(list(end), self._place + len(text), learned=True)

    def _append(self, tokens: Sequence[int], place: int, *, learned: bool) -> None:
        self.tokens += tokens
        self.learned += [learned] * len(tokens)
        self._place = place


def _as_rendered(whole: str, opened: str, content: str) -> str:
    """An answer as it stands behind the opened turn: as it was given, or without the space around it.

    Raises:
        EngineError: it does not stand there.
    """
    for answer in (content, content.strip()):
        if whole.startswith(opened + answer):
            return answer
    raise EngineError(
        "the model's chat template renders an earlier answer otherwise than the model gives it",
        [
            f"The answer that begins with {content[:_SHOWN]!r} does not stand where the model would give it, so there "
            f"is no telling which tokens to learn. Set `learn: last`, which takes the loss on the last answer alone."
        ],
    )
