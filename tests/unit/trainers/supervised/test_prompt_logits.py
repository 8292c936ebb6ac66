"""A step without the prompts' logits is the same step."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from transformers import AutoModelForCausalLM  # noqa: E402

from passgap.trainers.supervised.encoding import IGNORED_LABEL  # noqa: E402
from passgap.trainers.supervised.prompt_logits import without_prompt_logits  # noqa: E402


def batch(prompts: list[int], lengths: list[int]) -> dict[str, Any]:
    """Rows of random tokens whose first ``prompts`` labels do not count, padded on the right."""
    generator = torch.Generator().manual_seed(3)
    longest = max(lengths)
    tokens = torch.randint(5, 200, (len(lengths), longest), generator=generator)
    places = torch.arange(longest)[None]
    lacking = (places < torch.tensor(prompts)[:, None]) | (places >= torch.tensor(lengths)[:, None])
    return {
        "input_ids": tokens,
        "attention_mask": (places < torch.tensor(lengths)[:, None]).long(),
        "labels": tokens.masked_fill(lacking, IGNORED_LABEL),
    }


def loss_and_gradients(model: Any, inputs: dict[str, Any]) -> tuple[float, list[Any]]:
    model.zero_grad()
    loss = model(**inputs, num_items_in_batch=torch.tensor(20)).loss
    loss.backward()
    return float(loss), [parameter.grad.clone() for parameter in model.parameters()]


@pytest.mark.parametrize(
    ("prompts", "lengths"), [([30, 22], [40, 37]), ([1, 9], [12, 12]), ([0, 5], [8, 9])], ids=["long", "one", "none"]
)
def test_loss_and_gradients_are_the_same(tiny_model: Path, prompts: list[int], lengths: list[int]) -> None:
    model = AutoModelForCausalLM.from_pretrained(tiny_model, dtype=torch.float32).train()
    whole = batch(prompts, lengths)
    trimmed = without_prompt_logits(model, whole)
    kept = max(lengths) - max(0, min(prompts) - 1)
    assert model(**trimmed).logits.shape[1] == kept
    loss, gradients = loss_and_gradients(model, whole)
    trimmed_loss, trimmed_gradients = loss_and_gradients(model, trimmed)
    assert trimmed_loss == pytest.approx(loss, rel=1e-6)
    for one, other in zip(gradients, trimmed_gradients, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)


def test_a_model_that_cannot_leave_logits_out_is_given_the_whole_batch() -> None:
    class Plain:
        def forward(self, input_ids: Any, labels: Any) -> None: ...

    whole = batch([3], [6])
    assert without_prompt_logits(Plain(), whole) is whole


def test_a_batch_in_which_no_label_counts_is_left_alone(tiny_model: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(tiny_model)
    whole = batch([6], [6])
    assert without_prompt_logits(model, whole) is whole
