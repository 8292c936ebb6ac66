"""Leaving the logits of prompts out of a training step: no loss is taken on them, and a vocabulary is large."""

from __future__ import annotations

import inspect
from typing import Any

from passgap.trainers.supervised.encoding import IGNORED_LABEL


def without_prompt_logits(model: Any, inputs: dict[str, Any]) -> dict[str, Any]:
    """The same batch, with logits asked for from the token before the first completion on.

    With prompts three times as long as completions, as code prompts with their tests are, three quarters of the logits
    and of their gradients would be computed to be ignored.

    Args:
        model: a causal language model of transformers, perhaps with adapters around it.
        inputs: a batch with ``labels`` of shape (rows, length).

    Returns:
        The batch with ``logits_to_keep`` and labels for these positions alone; the batch itself where the model's
        ``forward`` has no such argument, or no label counts.
    """
    counted = (inputs["labels"] != IGNORED_LABEL).any(dim=0).nonzero()
    plain = model.get_base_model() if hasattr(model, "get_base_model") else model
    if len(counted) == 0 or "logits_to_keep" not in inspect.signature(plain.forward).parameters:
        return inputs
    first = max(0, int(counted[0]) - 1)
    labels = inputs["labels"][:, first:]
    return {**inputs, "labels": labels, "logits_to_keep": labels.shape[1]}
