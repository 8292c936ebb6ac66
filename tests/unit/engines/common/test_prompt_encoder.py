"""Prompts are held to the context that the study declares, within what the model has."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("transformers")

from passgap.engines import open_sampler
from passgap.engines.common.prompt_encoder import PromptEncoder
from passgap.errors import EngineError
from passgap.ports import SampleRequest
from passgap.records import Decoding, Prompt


def test_the_declared_context_counts_where_it_is_the_smaller_one(tiny_model: Path) -> None:
    assert PromptEncoder(tiny_model).context == PromptEncoder(tiny_model, 1 << 20).context == 1024
    assert PromptEncoder(tiny_model, 64).context == 64


def test_a_prompt_beyond_the_declared_context_is_refused_by_the_engine(tiny_model: Path) -> None:
    request = SampleRequest(problem_id="p/1", prompt=Prompt(user="word " * 40), indices=(0,), seeds=(1,))
    sampler = open_sampler("local", tiny_model, device="cpu", context_tokens=40)
    try:
        with pytest.raises(EngineError, match="context of 40 tokens") as caught:
            list(sampler.sample([request], Decoding(temperature=1.0, max_new_tokens=8)))
    finally:
        sampler.close()
    assert "p/1" in caught.value.problems[0]
