"""Examples as token ids, with the loss on the completion alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from passgap.models.chat import completion_tokens
from passgap.models.chat import prompt_tokens as tokens_of_prompt
from passgap.records import Record, TrainExample

IGNORED_LABEL = -100
"""The label that PyTorch's cross-entropy leaves out."""


class EncodedExamples(Record):
    """Token ids and labels of the examples that fit, and what was left out."""

    rows: tuple[dict[str, list[int]], ...]
    loss_tokens: int
    prompt_tokens: int
    dropped_too_long: int


def encode_examples(tokenizer: Any, examples: Sequence[TrainExample], max_length: int) -> EncodedExamples:
    """Append each example's tokens to its prompt's, and mask the prompts' labels.

    An example that is known as text alone is encoded behind its prompt. One over ``max_length`` tokens is left out,
    never cut: a cut program would teach the model to stop anywhere.

    Raises:
        EngineError: a prompt cannot be rendered.
    """
    rows: list[dict[str, list[int]]] = []
    loss_tokens = prompt_tokens = 0
    dropped = 0
    for example in examples:
        prefix = tokens_of_prompt(tokenizer, example.prompt)
        target = _target(tokenizer, example, prefix)
        if not target:
            continue
        if len(prefix) + len(target) > max_length:
            dropped += 1
            continue
        rows.append(labelled(prefix, target))
        loss_tokens += len(target)
        prompt_tokens += len(prefix)
    return EncodedExamples(
        rows=tuple(rows), loss_tokens=loss_tokens, prompt_tokens=prompt_tokens, dropped_too_long=dropped
    )


def labelled(prefix: list[int], target: list[int]) -> dict[str, list[int]]:
    """A row of a training set: the tokens of a prompt and of its completion, with labels for the completion alone."""
    return {"input_ids": prefix + target, "labels": [IGNORED_LABEL] * len(prefix) + target}


def _target(tokenizer: Any, example: TrainExample, prefix: list[int]) -> list[int]:
    """The tokens that an example teaches."""
    if example.tokens is not None:
        return list(example.tokens)
    text = completion_tokens(tokenizer, example.prompt, prefix, example.completion) if example.completion else []
    return text if example.end_token is None else [*text, example.end_token]
