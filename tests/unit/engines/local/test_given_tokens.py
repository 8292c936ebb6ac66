"""Likelihoods of given tokens in the local engine: in batches and in parts as one by one."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("torch")

from passgap.engines import open_sampler
from passgap.engines.local import given_tokens
from passgap.records import Prompt

PROMPT = Prompt(user="Write a function that adds.", prefix="```python\n")
GIVEN = [[5, 9, 300, 12], [7], [11, 12, 13, 14, 15, 16, 17], [5, 9, 300, 12, 2]]


@pytest.mark.parametrize("model", ["tiny_model", "other_model"])
def test_batches_and_parts_change_nothing(
    model: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder: Path = request.getfixturevalue(model)
    opened = open_sampler("local", folder, device="cpu", dtype="float32", workers=1)
    together = [each.tolist() for each in opened.token_logprobs(PROMPT, GIVEN)]  # type: ignore[attr-defined]
    alone = [next(opened.token_logprobs(PROMPT, [each])).tolist() for each in GIVEN]  # type: ignore[attr-defined]
    monkeypatch.setattr(given_tokens, "TOKENS_AT_ONCE", 8)
    monkeypatch.setattr(given_tokens, "LOGITS_AT_ONCE", 2)
    in_parts = [each.tolist() for each in opened.token_logprobs(PROMPT, GIVEN)]  # type: ignore[attr-defined]
    opened.close()
    for first, second, third in zip(together, alone, in_parts, strict=True):
        assert first == pytest.approx(second, abs=1e-4)
        assert first == pytest.approx(third, abs=1e-4)
    # The beginning of a completion is as likely as it was: the end token comes on top.
    assert together[3][:4] == pytest.approx(together[0], abs=1e-4)


@given(lengths=st.lists(st.integers(0, 40), max_size=30))
def test_every_completion_is_computed_once_with_little_padding(lengths: list[int]) -> None:
    batches = list(given_tokens._batches([[1] * length for length in lengths]))
    assert sorted(place for batch in batches for place in batch) == list(range(len(lengths)))
    for batch in batches:
        tokens = [lengths[place] for place in batch]
        size = len(batch) * max(tokens)
        assert size - sum(tokens) <= given_tokens.PADDING * size
        assert size <= given_tokens.TOKENS_AT_ONCE or len(batch) == 1


def test_a_text_is_as_likely_as_its_tokens(tiny_model: Path) -> None:
    opened = open_sampler("local", tiny_model, device="cpu", dtype="float32", workers=1)
    found = opened.text_logprobs(PROMPT, "return a + b", 4)  # type: ignore[attr-defined]
    tokens = opened._prompts.completion_tokens(PROMPT, "return a + b", 4)  # type: ignore[attr-defined]
    assert found.tolist() == pytest.approx(next(opened.token_logprobs(PROMPT, [tokens])).tolist())  # type: ignore[attr-defined]
    assert 0 < len(found) <= 4
    assert len(opened.text_logprobs(PROMPT, "", 4)) == 0  # type: ignore[attr-defined]
    opened.close()
