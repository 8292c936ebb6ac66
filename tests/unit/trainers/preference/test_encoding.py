"""Pairs carry the token ids of the prompt as it is asked, and of the answers as they were given."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("trl")

from tests.unit.trainers.preference.pairs import PAIRS, PROMPT, example, pair
from transformers import AutoTokenizer

from passgap.models.chat import prompt_tokens, render_prompt
from passgap.records import PreferencePair
from passgap.trainers.preference.encoding import encode_pairs


def test_answers_that_were_sampled_keep_their_token_ids(tiny_model: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    drawn = PreferencePair(
        chosen=example("return 1\n```", tokens=(77, 5, 2)), rejected=example("pass", tokens=(9, 9, 9, 8))
    )
    [row] = encode_pairs(tokenizer, [drawn], 512).rows
    assert row == {
        "prompt_ids": prompt_tokens(tokenizer, PROMPT),
        "chosen_ids": [77, 5, 2],
        "rejected_ids": [9, 9, 9, 8],
    }


def test_answers_that_are_text_are_encoded_behind_the_prompt_and_get_no_end_of_their_own(tiny_model: Path) -> None:
    """TRL would add its end token to both, and cut the prompt where a token spans its end."""
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    encoded = encode_pairs(tokenizer, PAIRS[:1], 512)
    [row] = encoded.rows
    assert tokenizer.decode(row["prompt_ids"]) == render_prompt(tokenizer, PROMPT)
    assert tokenizer.decode(row["chosen_ids"]) == PAIRS[0].chosen.completion
    assert tokenizer.decode(row["rejected_ids"]) == PAIRS[0].rejected.completion
    assert (encoded.chosen_tokens, encoded.rejected_tokens) == (len(row["chosen_ids"]), len(row["rejected_ids"]))


def test_long_pairs_are_left_out_and_counted_and_never_cut(tiny_model: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    long = PreferencePair(chosen=PAIRS[0].chosen, rejected=example("x = 1\n" * 500))
    empty = PreferencePair(chosen=PAIRS[0].chosen, rejected=example(""))
    encoded = encode_pairs(tokenizer, [long, pair(1), empty, pair(2)], 256)
    assert encoded.kept == (1, 3)
    assert (encoded.dropped_too_long, encoded.dropped_empty) == (1, 1)
    assert encoded.rows == encode_pairs(tokenizer, [pair(1), pair(2)], 256).rows


def test_the_answers_of_a_pair_are_to_one_prompt() -> None:
    other = example("x").model_copy(update={"prompt": PROMPT.model_copy(update={"user": "Another."})})
    with pytest.raises(ValueError, match="to one prompt"):
        PreferencePair(chosen=example("x"), rejected=other)
