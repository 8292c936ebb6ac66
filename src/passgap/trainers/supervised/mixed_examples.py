"""Instruction data as token ids: rendered as the model is asked, and ended as the model ends its answers."""

from __future__ import annotations

from typing import Any

from passgap.errors import EngineError
from passgap.models.chat import render_turns
from passgap.models.conversations import end_of_answer
from passgap.models.tokens import tokens_behind, tokens_of_prompt
from passgap.recipes import mixed_among
from passgap.records import Mix, MixedExample, Record
from passgap.trainers.supervised.encoding import labelled


class EncodedMix(Record):
    """Token ids and labels of the examples that are mixed in."""

    rows: tuple[dict[str, list[int]], ...] = ()
    loss_tokens: int = 0
    prompt_tokens: int = 0
    too_long: int = 0
    """Examples that did not fit and were passed over for the next ones."""


def encode_mix(tokenizer: Any, mix: Mix, own: int, max_length: int) -> EncodedMix:
    """Take examples in their order until they make up their share of all, with the loss on the completion alone.

    Args:
        tokenizer: the base model's.
        mix: what can be mixed in.
        own: the model's own examples that are trained on.
        max_length: tokens of prompt and completion; a longer example is passed over, never cut.

    Raises:
        EngineError: too few of them fit, or the model's chat template refuses a conversation.
    """
    wanted = mixed_among(own, mix.ratio)
    end = end_of_answer(tokenizer, chat=mix.chat)
    rows: list[dict[str, list[int]]] = []
    loss_tokens = prompt_tokens = too_long = 0
    for example in mix.examples:
        if len(rows) == wanted:
            break
        prefix, target = _encode(tokenizer, example, end, chat=mix.chat)
        if len(prefix) + len(target) > max_length:
            too_long += 1
            continue
        rows.append(labelled(prefix, target))
        loss_tokens += len(target)
        prompt_tokens += len(prefix)
    if len(rows) < wanted:
        raise EngineError(
            "there are too few examples to mix in",
            [
                f"training.mix_ratio: {mix.ratio:g} beside {own} samples takes {wanted} examples; of the "
                f"{len(mix.examples)} in `training.mix_path`, {too_long} are longer than {max_length} tokens. Add "
                f"examples, raise `training.max_length`, or lower the ratio in a new study folder."
            ],
        )
    return EncodedMix(rows=tuple(rows), loss_tokens=loss_tokens, prompt_tokens=prompt_tokens, too_long=too_long)


def _encode(tokenizer: Any, example: MixedExample, end: list[int], *, chat: bool) -> tuple[list[int], list[int]]:
    """The tokens of the prompt, and those of the completion behind it with the end."""
    turns = [turn.model_dump() for turn in example.turns]
    prompt = render_turns(tokenizer, turns) if chat else example.turns[-1].content
    prefix = tokens_of_prompt(tokenizer, prompt, special=not chat)
    return prefix, [*tokens_behind(tokenizer, prompt, prefix, example.completion, special=not chat), *end]
