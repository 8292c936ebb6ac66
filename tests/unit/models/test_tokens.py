"""Text of tokens and tokens of text where a completion begins: in the middle of a text, for every kind of tokenizer."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("transformers")

from hypothesis import given
from hypothesis import strategies as st
from tokenizers import processors

from passgap.engines.common.completion import Completion
from passgap.models.chat import completion_tokens, prompt_tokens
from passgap.models.tokens import Detokenizer, detokenizer_of
from passgap.ports import SampleRequest
from passgap.recipes import training_example
from passgap.records import FinishReason, Prompt, Sample
from passgap.trainers.supervised.encoding import IGNORED_LABEL, encode_examples
from tokenizers_of_the_field import KINDS

PROMPT = Prompt(user='def add(a, b):\n    """Add."""\n', chat=False, stop=("\nclass ", "\ndef ", "\n#", "\nif "))
BODIES = [
    "    return a + b",
    " # indented\n    return a",
    "x",
    "\treturn a , b",
    "größe 🙂 ende",
    "  two",
    "return\n\n",
]


@pytest.fixture(params=KINDS, scope="module")
def tokenizer(request: pytest.FixtureRequest) -> Any:
    return KINDS[request.param]()


def drawn(tokenizer: Any, text: str, end: int | None = None, limit: int = 500) -> Sample:
    """The sample of a model that writes a text, token by token, and then the end token, or goes on for ever."""
    before = prompt_tokens(tokenizer, PROMPT)
    request = SampleRequest(problem_id="p", prompt=PROMPT, indices=(0,), seeds=(1,))
    writing = Completion(request, 0, 1, before)
    ends = frozenset({tokenizer.eos_token_id})
    for token in [*completion_tokens(tokenizer, PROMPT, before, text), *([] if end is None else [end])]:
        sample = writing.append(token, ends, tokenizer, limit)
        if sample is not None:
            return sample
    return writing.sample(tokenizer, FinishReason.LENGTH)


@pytest.mark.parametrize("body", BODIES)
def test_a_completion_keeps_the_spaces_that_it_begins_with(tokenizer: Any, body: str) -> None:
    before = prompt_tokens(tokenizer, PROMPT)
    tokens = completion_tokens(tokenizer, PROMPT, before, body)
    assert detokenizer_of(tokenizer).text(before, tokens) == body
    whole = detokenizer_of(tokenizer).text(before[:1], [*before[1:], *tokens])
    assert whole.endswith(PROMPT.user[-12:] + body)


@pytest.mark.parametrize("body", BODIES)
def test_what_was_sampled_is_what_is_trained_with_the_end_token(tokenizer: Any, body: str) -> None:
    end = tokenizer.eos_token_id
    sample = drawn(tokenizer, body, end)
    assert (sample.completion, sample.finish_reason, sample.end_token) == (body, FinishReason.STOP, end)
    encoded = encode_examples(tokenizer, [training_example(PROMPT, sample)], max_length=600)
    [row] = encoded.rows
    learned = [label for label in row["labels"] if label != IGNORED_LABEL]
    assert tuple(learned) == sample.tokens
    assert learned[-1] == end
    assert row["input_ids"] == [*prompt_tokens(tokenizer, PROMPT), *learned]
    assert encoded.loss_tokens == sample.completion_tokens == len(learned)


@pytest.mark.parametrize("stop", PROMPT.stop)
def test_a_sample_ends_with_the_stop_string_that_the_model_wrote(tokenizer: Any, stop: str) -> None:
    sample = drawn(tokenizer, f"    return a + b\n{stop}Adder and more\nclass B")
    assert (sample.completion, sample.stop, sample.end_token) == ("    return a + b\n", stop, None)
    assert sample.tokens is not None
    written = detokenizer_of(tokenizer).text(prompt_tokens(tokenizer, PROMPT), sample.tokens)
    assert written.startswith(sample.completion + stop), "the token in which the stop string ends is learned whole"
    assert not detokenizer_of(tokenizer).text(prompt_tokens(tokenizer, PROMPT), sample.tokens[:-1]).count(stop)
    assert training_example(PROMPT, sample).tokens == sample.tokens


def test_a_cut_sample_has_no_end(tokenizer: Any) -> None:
    sample = drawn(tokenizer, "    return a + b\n    # and so on", limit=5)
    assert (sample.finish_reason, sample.end_token, sample.stop) == (FinishReason.LENGTH, None, None)
    assert sample.tokens is not None
    assert len(sample.tokens) == sample.completion_tokens == 5


PIECES = st.lists(
    st.sampled_from(["\n", "class ", "def", " ", "#", "if x", "    ", "ß", "🙂", "return", "\nc"]), max_size=9
)
ALL = {name: make() for name, make in KINDS.items()}


@pytest.mark.parametrize("name", KINDS)
@given(pieces=PIECES)
def test_a_stop_string_is_seen_in_the_token_that_completes_it(name: str, pieces: list[str]) -> None:
    tokenizer, text = ALL[name], "".join(pieces)
    before = prompt_tokens(tokenizer, PROMPT)
    tokens = completion_tokens(tokenizer, PROMPT, before, text)
    reader = Detokenizer(tokenizer)
    for count in range(1, len(tokens) + 1):
        written = reader.text(before, tokens[:count])
        if any(stop in written for stop in PROMPT.stop):
            assert reader.stop_in_end(before, tokens[:count], PROMPT.stop)
            break
        assert not reader.stop_in_end(before, tokens[:count], PROMPT.stop)


def test_marks_of_reasoning_stay_in_the_text_and_other_special_tokens_do_not() -> None:
    tokenizer = ALL["qwen"]
    before = prompt_tokens(tokenizer, PROMPT)
    special = [tokenizer.convert_tokens_to_ids(name) for name in ("<think>", "</think>", "<|endoftext|>")]
    assert detokenizer_of(tokenizer).text(before, special) == "<think></think>"


def test_a_tokenizer_that_closes_every_text_does_not_close_the_prompt() -> None:
    tokenizer = KINDS["gpt-2"]()
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single="$A <|endoftext|>", special_tokens=[("<|endoftext|>", tokenizer.eos_token_id)]
    )
    before = prompt_tokens(tokenizer, PROMPT)
    assert tokenizer.eos_token_id not in before
    assert tokenizer.eos_token_id not in completion_tokens(tokenizer, PROMPT, before, "    return a")


def test_text_alone_is_encoded_behind_its_prompt_with_the_end_that_is_known(tokenizer: Any) -> None:
    whole = drawn(tokenizer, "    return a + b", tokenizer.eos_token_id)
    example = training_example(PROMPT, whole.model_copy(update={"tokens": None}))
    [row] = encode_examples(tokenizer, [example], max_length=600).rows
    assert tuple(label for label in row["labels"] if label != IGNORED_LABEL) == whole.tokens
