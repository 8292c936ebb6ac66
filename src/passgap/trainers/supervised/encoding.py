"""Examples as token ids, with the loss on the completion alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from passgap.models.chat import completion_tokens, render_turns
from passgap.models.chat import prompt_tokens as tokens_of_prompt
from passgap.models.conversations import conversation_tokens, end_of_answer
from passgap.models.tokens import tokens_behind
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
        prefix, said, target = _encoded(tokenizer, example)
        if not target:
            continue
        if len(prefix) + len(target) > max_length:
            dropped += 1
            continue
        row = labelled(prefix, target, said)
        learned = sum(label != IGNORED_LABEL for label in row["labels"])
        rows.append(row)
        loss_tokens += learned
        prompt_tokens += len(row["labels"]) - learned
    return EncodedExamples(
        rows=tuple(rows), loss_tokens=loss_tokens, prompt_tokens=prompt_tokens, dropped_too_long=dropped
    )


def labelled(prefix: list[int], target: list[int], said: Sequence[bool] = ()) -> dict[str, list[int]]:
    """A row of a training set: the tokens of a prompt and of its completion, with labels for what is learned.

    Args:
        prefix: the prompt's tokens.
        target: the completion's, all of which are learned.
        said: which of the prompt's tokens are learned too; none where it is empty.
    """
    learned = said or [False] * len(prefix)
    masked = [token if known else IGNORED_LABEL for token, known in zip(prefix, learned, strict=True)]
    return {"input_ids": prefix + target, "labels": masked + target}


def _encoded(tokenizer: Any, example: TrainExample) -> tuple[list[int], list[bool], list[int]]:
    """The tokens before the completion, which of them are learned, and the tokens of the completion."""
    prompt = example.prompt
    if not example.earlier:
        prefix = tokens_of_prompt(tokenizer, prompt)
        return prefix, [False] * len(prefix), _target(tokenizer, example, prefix)
    system = [{"role": "system", "content": prompt.system}] if prompt.system is not None else []
    turns = [*system, *(turn.model_dump() for turn in example.earlier), {"role": "user", "content": prompt.user}]
    prefix, said = conversation_tokens(tokenizer, turns, opening=prompt.prefix, learned=example.learns_earlier)
    rendered = render_turns(tokenizer, turns) + prompt.prefix
    target = tokens_behind(tokenizer, rendered, prefix, example.completion, special=False)
    return prefix, said, _ended(tokenizer, example, target)


def _target(tokenizer: Any, example: TrainExample, prefix: list[int]) -> list[int]:
    """The tokens that an example teaches behind its prompt's."""
    if example.tokens is not None:
        return list(example.tokens)
    text = completion_tokens(tokenizer, example.prompt, prefix, example.completion) if example.completion else []
    return _ended(tokenizer, example, text)


def _ended(tokenizer: Any, example: TrainExample, target: list[int]) -> list[int]:
    """The tokens of a completion with the end token that the example names, or that ends the model's answers."""
    if example.answer_ends:
        return [*target, *end_of_answer(tokenizer, chat=example.prompt.chat)]
    return target if example.end_token is None else [*target, example.end_token]
