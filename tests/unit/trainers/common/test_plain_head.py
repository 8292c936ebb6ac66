"""The model's own head gives the log-probabilities and gradients that TRL's fused one gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("trl")

from transformers import AutoModelForCausalLM  # noqa: E402
from trl.trainer.utils import add_fused_lm_head  # noqa: E402

from passgap.trainers.common.plain_head import use_plain_head  # noqa: E402

EXTRAS = ("entropy", "mean_logits", "is_top1")


def batch() -> dict[str, Any]:
    """Two rows with prompts and completions of unlike lengths, the second one padded."""
    torch.manual_seed(3)
    ids = torch.randint(3, 200, (2, 12))
    mask = torch.ones_like(ids)
    mask[1, 9:] = 0
    labels = ids.masked_fill(mask == 0, -100)
    labels[0, :7] = labels[1, :5] = -100
    return {"input_ids": ids, "attention_mask": mask, "labels": labels}


@pytest.mark.parametrize("temperature", [1.0, 0.7])
@pytest.mark.parametrize("fixture", ["tiny_model", "other_model"])
def test_values_and_gradients_are_those_of_the_fused_head(
    fixture: str, temperature: float, request: pytest.FixtureRequest
) -> None:
    folder: Path = request.getfixturevalue(fixture)
    outputs, gradients = [], []
    for plain in (False, True):
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
        add_fused_lm_head(model, temperature=temperature, outputs=("log_probs", *EXTRAS))
        if plain:
            use_plain_head(model, EXTRAS, temperature=temperature)
        model.eval()
        found = model(**batch(), fused_lm_head=True)
        (found.log_probs[0].sum() - 0.5 * found.log_probs[1].sum()).backward()
        outputs.append(found)
        gradients.append({name: each.grad for name, each in model.named_parameters() if each.grad is not None})
    for name in ("log_probs", *EXTRAS, "label_mask", "loss"):
        one, other = (getattr(each, name) for each in outputs)
        torch.testing.assert_close(one.float(), other.float(), rtol=1e-4, atol=1e-5)
    assert gradients[0].keys() == gradients[1].keys()
    for name, gradient in gradients[0].items():
        torch.testing.assert_close(gradient, gradients[1][name], rtol=1e-3, atol=1e-5)


def test_a_call_without_labels_is_the_models_own(tiny_model: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(tiny_model, dtype=torch.float32).eval()
    ids = batch()["input_ids"]
    with torch.no_grad():
        before = model(input_ids=ids).logits
        add_fused_lm_head(model)
        use_plain_head(model)
        assert torch.equal(model(input_ids=ids).logits, before)
        assert model.generate(input_ids=ids[:1], max_new_tokens=2, do_sample=False).shape == (1, 14)


def test_prompts_get_no_logits(tiny_model: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(tiny_model, dtype=torch.float32).eval()
    seen: list[int] = []
    model.lm_head.register_forward_hook(lambda _, given, __: seen.append(given[0].shape[1]))
    add_fused_lm_head(model)
    use_plain_head(model)
    model(**batch(), fused_lm_head=True)
    assert seen == [12 - 4], "from the token before the first label on"
