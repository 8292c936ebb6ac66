"""The log-probabilities that engines keep with samples, on a tiny real model.

In a file of its own: vLLM has no room for a second engine beside that of the contract.
"""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

from passgap.engines import open_sampler
from passgap.ports import LogitSource, SampleRequest
from passgap.records import Decoding, Prompt, sample_seed


def asked(samples: int) -> SampleRequest:
    indices = tuple(range(samples))
    return SampleRequest(
        problem_id="p",
        prompt=Prompt(user="Write a function that adds.", prefix="```python\n", stop=("\n```",)),
        indices=indices,
        seeds=tuple(sample_seed(1, index) for index in indices),
    )


@pytest.mark.parametrize("name", ["local", "generate", "vllm"])
def test_kept_logprobs_are_the_models_own_of_the_drawn_tokens(name: str, request: pytest.FixtureRequest) -> None:
    if name == "vllm":
        pytest.importorskip("vllm", reason="vLLM is not installed")
        opened = open_sampler(
            "vllm",
            request.getfixturevalue("wide_model"),
            dtype="float32",
            memory=0.15,
            compiled=False,
            keep_logprobs=True,
        )
    else:
        folder = request.getfixturevalue("tiny_model" if name == "local" else "other_model")
        opened = open_sampler("local", folder, device="cpu", dtype="float32", workers=1, keep_logprobs=True)
    try:
        assert opened.identity.versions["logprobs"] == "kept"
        assert isinstance(opened, LogitSource)
        logits = opened.next_token_logits(asked(1).prompt, "x", 1)[0].astype(float)
        own = np.sort(logits - np.logaddexp.reduce(logits))
        hot = Decoding(temperature=1.7, top_k=3, max_new_tokens=4)
        for drawn in opened.sample([asked(12)], hot):
            assert drawn.logprobs is not None
            assert len(drawn.logprobs) == drawn.completion_tokens
            assert np.abs(own[-3:] - drawn.logprobs[0]).min() < 1e-3
        [greedy] = opened.sample([asked(1)], Decoding(temperature=0.0, max_new_tokens=1))
        assert greedy.logprobs == (pytest.approx(own[-1], abs=1e-3),)
    finally:
        opened.close()
