"""Log-probabilities of completions behind a prompt that is computed once."""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("trl")

from transformers import AutoModelForCausalLM, AutoTokenizer  # noqa: E402

from passgap.testing.reward_contract import reward_prompts  # noqa: E402
from passgap.trainers.reward.completion_logprobs import completion_logprobs  # noqa: E402
from passgap.trainers.reward.trainer import RewardTrainer  # noqa: E402

ROWS = [([5, 6, 7], [8, 9]), ([5, 6, 7], [3]), ([4], [9, 9, 2]), ([5, 6, 7], [8, 9, 1])]
"""Prompts and completions; three of one prompt, not all side by side."""


def test_rows_are_those_of_each_alone_whether_or_not_they_share_a_sequence(tiny_model: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(tiny_model, dtype=torch.float32)
    ids = torch.tensor([[0] * (3 - len(p)) + p + c + [0] * (3 - len(c)) for p, c in ROWS])
    mask = torch.tensor([[0] * (3 - len(p)) + [1] * len(p + c) + [0] * (3 - len(c)) for p, c in ROWS])
    for shared in (True, False):
        logprobs, entropies = completion_logprobs(model, ids, mask, 3, 0.7, shared=shared)
        assert logprobs.shape == entropies.shape == (4, 3)
        assert logprobs.requires_grad and not entropies.requires_grad
        for row, (prompt, completion) in enumerate(ROWS):
            logits = model(torch.tensor([prompt + completion])).logits[0, len(prompt) - 1 : -1] / 0.7
            wanted = logits.log_softmax(-1)
            drawn = wanted.gather(1, torch.tensor(completion)[:, None])[:, 0]
            assert torch.allclose(logprobs[row, : len(completion)], drawn, atol=1e-5)
            assert torch.allclose(entropies[row, : len(completion)], -(wanted.exp() * wanted).sum(-1), atol=1e-4)
            assert not logprobs[row, len(completion) :].any() and not entropies[row, len(completion) :].any()


@pytest.mark.parametrize("count", [1, 2])
def test_an_ordinary_model_computes_samples_side_by_side(tiny_model: Path, count: int) -> None:
    model = AutoModelForCausalLM.from_pretrained(tiny_model, dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    assert RewardTrainer("cpu", "float32")._packs(model, list(reward_prompts(count)), tokenizer)
