"""Examples to token ids, with the loss on the completion alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from passgap.chat import render_prompt
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
    """Tokenize prompts and completions apart, as they meet in sampling, and mask the prompts' labels.

    An example over ``max_length`` tokens is left out, never cut: a cut program would teach the model to stop anywhere.
    """
    rows: list[dict[str, list[int]]] = []
    loss_tokens = prompt_tokens = 0
    dropped = 0
    for example in examples:
        prompt_ids = tokenizer(render_prompt(tokenizer, example.prompt), add_special_tokens=not example.prompt.chat)
        completion_ids = tokenizer(example.completion, add_special_tokens=False)
        prefix, target = list(prompt_ids["input_ids"]), list(completion_ids["input_ids"])
        if not target:
            continue
        if len(prefix) + len(target) > max_length:
            dropped += 1
            continue
        rows.append({"input_ids": prefix + target, "labels": [IGNORED_LABEL] * len(prefix) + target})
        loss_tokens += len(target)
        prompt_tokens += len(prefix)
    return EncodedExamples(
        rows=tuple(rows), loss_tokens=loss_tokens, prompt_tokens=prompt_tokens, dropped_too_long=dropped
    )
