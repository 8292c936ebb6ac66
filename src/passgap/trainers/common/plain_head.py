"""Log-probabilities of completions by the model's own head, in place of TRL's fused one."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Sequence
from types import MethodType
from typing import Any

import torch
from torch.nn import functional
from trl.trainer.utils import FusedCausalLMOutput

IGNORED_LABEL = -100
"""The label of tokens on which no loss is taken."""


def use_plain_head(model: Any, outputs: Sequence[str] = (), *, temperature: float = 1.0) -> None:
    """Let a model that TRL gave its fused head compute log-probabilities by its own head.

    TRL's preference and reward trainers call ``model(..., labels=..., fused_lm_head=True)`` and read
    ``log_probs``. TRL's head projects in tiles, computes them again in the backward pass, and sums in float32: it saves
    the memory of a GPU, and takes twice the time of a step on a CPU. Here the model computes logits from the token
    before the first label on, and a cross-entropy is taken at the labelled positions alone. The numbers are the same
    within rounding.

    Args:
        model: a causal language model of transformers, without adapters around it, behind ``add_fused_lm_head``.
        outputs: what is computed besides: ``entropy``, ``mean_logits``, ``is_top1``. None of them has a gradient.
        temperature: logits are divided by it.
    """
    fused, own = model.forward, MethodType(type(model).forward, model)
    keeps = "logits_to_keep" in inspect.signature(type(model).forward).parameters

    @functools.wraps(type(model).forward)  # `generate` checks its arguments against the signature
    def forward(self: Any, *arguments: Any, fused_lm_head: bool = False, labels: Any = None, **options: Any) -> Any:
        del self
        if not fused_lm_head or options.get("shift_labels") is not None:
            return fused(*arguments, fused_lm_head=fused_lm_head, labels=labels, **options)
        options.pop("shift_labels", None)
        options.pop("num_items_in_batch", None)
        options["use_cache"] = False
        targets = labels[:, 1:]
        counted = (targets != IGNORED_LABEL).any(dim=0).nonzero()
        first = int(counted[0]) if keeps and len(counted) else 0
        if first:
            options["logits_to_keep"] = labels.shape[1] - first
        computed = own(*arguments, **options)
        return _per_token(computed, targets, first, outputs, temperature)

    model.forward = MethodType(forward, model)


def _per_token(
    computed: Any, targets: torch.Tensor, first: int, outputs: Sequence[str], temperature: float
) -> FusedCausalLMOutput:
    """The fields of TRL's output, each zero where there is no label."""
    mask = targets != IGNORED_LABEL
    within = mask[:, first:]
    logits = computed.logits[:, :-1][within].float() / temperature
    labels = targets[:, first:][within]
    values = {"log_probs": -functional.cross_entropy(logits, labels, reduction="none")}
    with torch.no_grad():
        plain = logits.detach()
        if "entropy" in outputs:
            logs = plain.log_softmax(dim=-1)
            values["entropy"] = -(logs.exp() * logs).sum(dim=-1)
        if "mean_logits" in outputs:
            values["mean_logits"] = plain.mean(dim=-1)
        if "is_top1" in outputs:
            values["is_top1"] = plain.argmax(dim=-1) == labels
    placed = {name: value.new_zeros(mask.shape).masked_scatter(mask, value) for name, value in values.items()}
    return FusedCausalLMOutput(
        loss=-placed["log_probs"].sum() / mask.sum().clamp(min=1),
        label_mask=mask,
        aux_loss=getattr(computed, "aux_loss", None),
        **placed,
    )
