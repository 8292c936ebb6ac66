"""Pairs as token ids: passgap's own of prompt and answers, which TRL would tokenise anew and cut."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from passgap.errors import EngineError
from passgap.records import PreferencePair, Record
from passgap.trainers.supervised.encoding import IGNORED_LABEL, encode_examples


class EncodedPairs(Record):
    """Token ids of the pairs that fit, and what was left out."""

    rows: tuple[dict[str, list[int]], ...]
    """``prompt_ids``, ``chosen_ids`` and ``rejected_ids`` of each."""
    kept: tuple[int, ...]
    """The place of each row's pair among those given."""
    dropped_too_long: int = 0
    dropped_empty: int = 0
    """Pairs with an answer without any token: there is nothing to take a loss on."""

    @property
    def chosen_tokens(self) -> int:
        """Tokens of the chosen answers."""
        return sum(len(row["chosen_ids"]) for row in self.rows)

    @property
    def rejected_tokens(self) -> int:
        """Tokens of the rejected answers."""
        return sum(len(row["rejected_ids"]) for row in self.rows)


def encode_pairs(tokenizer: Any, pairs: Sequence[PreferencePair], max_length: int) -> EncodedPairs:
    """Encode prompts and answers exactly as a supervised fine-tune would: as the model is asked, and as it answered.

    A pair of which one answer exceeds ``max_length`` tokens with its prompt is left out, never cut: a cut answer has
    another end than the other one.

    Raises:
        EngineError: a prompt cannot be rendered.
    """
    rows: list[dict[str, list[int]]] = []
    kept: list[int] = []
    too_long = empty = 0
    for place, pair in enumerate(pairs):
        sides = [encode_examples(tokenizer, (each,), max_length) for each in (pair.chosen, pair.rejected)]
        if any(side.dropped_too_long for side in sides):
            too_long += 1
        elif not all(side.rows for side in sides):
            empty += 1
        else:
            chosen, rejected = (_parts(side.rows[0]) for side in sides)
            if chosen.prompt != rejected.prompt:
                raise EngineError(f"the prompt of pair {place + 1} has other tokens before each of its answers")
            rows.append({"prompt_ids": chosen.prompt, "chosen_ids": chosen.answer, "rejected_ids": rejected.answer})
            kept.append(place)
    return EncodedPairs(rows=tuple(rows), kept=tuple(kept), dropped_too_long=too_long, dropped_empty=empty)


class _Parts(NamedTuple):
    prompt: list[int]
    answer: list[int]


def _parts(row: dict[str, list[int]]) -> _Parts:
    """The tokens of a prompt and of what a loss is taken on behind it."""
    ids, labels = row["input_ids"], row["labels"]
    first = next(place for place, label in enumerate(labels) if label != IGNORED_LABEL)
    return _Parts(ids[:first], ids[first:])
