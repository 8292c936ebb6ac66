"""The assistant's words are found in conversations of every common template, token for token."""

from __future__ import annotations

from typing import Any

import pytest

from passgap.errors import EngineError
from passgap.models.chat import render_turns
from passgap.models.conversations import conversation_tokens, end_of_answer
from passgap.records import Prompt, TrainExample, Turn
from passgap.trainers.supervised.encoding import IGNORED_LABEL, encode_examples

pytest.importorskip("transformers")

CHATML = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
LLAMA = (
    "<|begin|>{% for message in messages %}<|head|>{{ message['role'] }}<|/head|>\n\n{{ message['content'] | trim }}"
    "<|eot|>{% endfor %}{% if add_generation_prompt %}<|head|>assistant<|/head|>\n\n{% endif %}"
)
LLAMA_2 = (
    "{% for message in messages %}{% if message['role'] == 'user' %}<|begin|>[INST] {{ message['content'] }} [/INST]"
    "{% else %} {{ message['content'] }} <|eot|>{% endif %}{% endfor %}{% if add_generation_prompt %} {% endif %}"
)
QWEN = (
    "{% set ns = namespace(last=-1) %}{% for message in messages %}{% if message['role'] == 'user' %}"
    "{% set ns.last = loop.index0 %}{% endif %}{% endfor %}"
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{% if message['role'] == 'assistant' %}"
    "{% if loop.index0 > ns.last and '</think>' not in message['content'] %}<think>\n\n</think>\n\n"
    "{{ message['content'] }}{% elif loop.index0 < ns.last %}{{ message['content'].split('</think>')[-1].strip() }}"
    "{% else %}{{ message['content'] }}{% endif %}{% else %}{{ message['content'] }}{% endif %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
"""As Qwen 3's: an earlier answer loses its reasoning, and the last one without any is given an empty one."""

TEMPLATES = {"ChatML": (CHATML, "<|im_end|>"), "Llama 3": (LLAMA, "<|eot|>"), "Qwen 3": (QWEN, "<|im_end|>")}
SPECIAL = ["<|im_start|>", "<|im_end|>", "<|begin|>", "<|head|>", "<|/head|>", "<|eot|>"]

TURNS = [
    ("user", "Add one to x."),
    ("assistant", "def add(x):\n    return x + 1"),
    ("user", "  And two?"),
    ("assistant", "Like this:\n\ndef add(x):\n    return x + 2\n"),
    ("user", "Thanks. Explain it."),
]
ANSWER = "It adds two, größe aside."


def tokenizer_with(template: str) -> Any:
    from tokenizers_of_the_field import byte_level  # noqa: PLC0415 - it needs transformers

    tokenizer = byte_level(split=True)
    tokenizer.add_special_tokens({"additional_special_tokens": SPECIAL})
    tokenizer.chat_template = template
    return tokenizer


def example(*, every: bool, turns: list[tuple[str, str]] = TURNS) -> TrainExample:
    *earlier, (_, asked) = turns
    return TrainExample(
        prompt=Prompt(user=asked),
        completion=ANSWER,
        earlier=tuple(Turn(role=role, content=text) for role, text in earlier),  # type: ignore[arg-type]
        learns_earlier=every,
        answer_ends=True,
    )


def learned_texts(tokenizer: Any, row: dict[str, list[int]]) -> list[str]:
    """The stretches of a row that a loss is taken on."""
    parts: list[list[int]] = [[]]
    for token, label in zip(row["input_ids"], row["labels"], strict=True):
        if label == IGNORED_LABEL:
            parts.append([])
        else:
            assert label == token
            parts[-1].append(token)
    return [tokenizer.decode(part, skip_special_tokens=False) for part in parts if part]


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_answer_is_learned_with_its_end_and_nothing_else(name: str) -> None:
    template, end = TEMPLATES[name]
    tokenizer = tokenizer_with(template)
    [row] = encode_examples(tokenizer, [example(every=True)], 2000).rows
    said = [text for role, text in TURNS if role == "assistant"]
    if name != "ChatML":
        said[1] = said[1].strip()  # these templates take the space around an earlier answer away
    assert learned_texts(tokenizer, row) == [*(text + end for text in said), ANSWER + end]

    turns = [{"role": role, "content": text} for role, text in TURNS]
    whole = render_turns(tokenizer, turns) + ANSWER + end
    assert row["input_ids"] == tokenizer(whole, add_special_tokens=False)["input_ids"], "the tokens of the whole text"

    [last] = encode_examples(tokenizer, [example(every=False)], 2000).rows
    assert last["input_ids"] == row["input_ids"]
    assert learned_texts(tokenizer, last) == [ANSWER + end]


def test_an_end_behind_a_space_is_learned_without_the_space() -> None:
    tokenizer = tokenizer_with(LLAMA_2)
    [row] = encode_examples(tokenizer, [example(every=True, turns=TURNS[:3])], 2000).rows
    assert learned_texts(tokenizer, row) == ["def add(x):\n    return x + 1", "<|eot|>", ANSWER + "<|eot|>"]
    assert tokenizer.decode(row["input_ids"]).endswith(f"[/INST] {ANSWER}<|eot|>")


def test_an_answer_that_the_template_changes_is_refused_where_every_answer_is_learned() -> None:
    tokenizer = tokenizer_with(QWEN)
    turns = [("user", "Add one."), ("assistant", "<think>hm</think>\n\nx + 1"), ("user", "Why?")]
    with pytest.raises(EngineError, match="renders an earlier answer otherwise") as caught:
        encode_examples(tokenizer, [example(every=True, turns=turns)], 2000)
    assert "learn: last" in caught.value.problems[0] and "<think>hm" in caught.value.problems[0]
    [row] = encode_examples(tokenizer, [example(every=False, turns=turns)], 2000).rows
    assert learned_texts(tokenizer, row) == [ANSWER + "<|im_end|>"]


def test_counts_are_of_what_is_learned() -> None:
    tokenizer = tokenizer_with(CHATML)
    encoded = encode_examples(tokenizer, [example(every=True), example(every=False)], 2000)
    learned = [sum(label != IGNORED_LABEL for label in row["labels"]) for row in encoded.rows]
    assert encoded.loss_tokens == sum(learned) and learned[0] > learned[1]
    assert encoded.prompt_tokens == sum(len(row["labels"]) for row in encoded.rows) - sum(learned)
    assert encode_examples(tokenizer, [example(every=True)], len(encoded.rows[0]["labels"]) - 1).dropped_too_long == 1


def test_a_system_turn_and_the_beginning_of_the_answer_are_part_of_the_prompt() -> None:
    tokenizer = tokenizer_with(CHATML)
    turns = [{"role": "system", "content": "Be short."}, {"role": "user", "content": "Add."}]
    tokens, said = conversation_tokens(tokenizer, turns, opening="```python\n", learned=True)
    assert not any(said)
    assert tokenizer.decode(tokens).endswith("<|im_start|>assistant\n```python\n")
    assert end_of_answer(tokenizer, chat=True) == [tokenizer.convert_tokens_to_ids("<|im_end|>")]
    assert end_of_answer(tokenizer, chat=False) == [tokenizer.eos_token_id]
