"""Cross-entropy on completions, taken inside a model's own forward pass and without the logits of any other token.

A vocabulary is large: with 49,152 entries, the logits of one token and their gradient take 400 kB. They are computed
for the tokens that are predicted alone, a piece at a time, and their gradient with respect to the hidden states and the
output embeddings is taken at once, while a piece is there, as Liger's fused linear cross-entropy does
(arXiv 2410.10989).
"""

from __future__ import annotations

from types import MethodType
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

_PIECE = {"cpu": 1 << 24, "other": 1 << 28}
"""Logits in one piece: 64 MiB of main memory, or 1 GiB of a GPU's, in float32."""


class _FusedCrossEntropy(torch.autograd.Function):
    """The sum of cross-entropies of a linear layer's outputs."""

    @staticmethod
    def forward(ctx: Any, hidden: Tensor, weight: Tensor, targets: Tensor, scale: float, wanted: bool) -> Tensor:
        """Compute ``scale`` times the sum and, where gradients are wanted, those of ``hidden`` and ``weight`` too."""
        total = hidden.new_zeros((), dtype=torch.float32)
        of_hidden = torch.empty_like(hidden) if wanted and ctx.needs_input_grad[0] else None
        of_weight = (
            torch.zeros(weight.shape, dtype=torch.float32, device=weight.device)
            if wanted and ctx.needs_input_grad[1]
            else None
        )
        projection = weight.to(hidden.dtype)
        piece = max(1, _PIECE["cpu" if hidden.device.type == "cpu" else "other"] // weight.shape[0])
        for start in range(0, len(targets), piece):
            part, aims = hidden[start : start + piece], targets[start : start + piece, None]
            logits = (part @ projection.T).float()
            largest = logits.amax(dim=1, keepdim=True)
            chosen = logits.gather(1, aims)
            shares = logits.sub_(largest).exp_()
            sums = shares.sum(dim=1, keepdim=True)
            total += (sums.log() + largest - chosen).sum()
            if of_hidden is None and of_weight is None:
                continue
            slopes = shares.div_(sums)
            slopes.scatter_add_(1, aims, torch.full_like(chosen, -1.0))
            slopes = slopes.to(hidden.dtype)
            if of_hidden is not None:
                of_hidden[start : start + piece] = slopes @ projection * scale
            if of_weight is not None:
                if hidden.dtype == torch.float32:
                    of_weight.addmm_(slopes.T, part, alpha=scale)
                else:
                    of_weight += (slopes.T @ part).float() * scale
        ctx.slopes = (of_hidden, of_weight)
        return total * scale

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> tuple[Tensor | None, Tensor | None, None, None, None]:
        """Hand the gradients on, once."""
        of_hidden, of_weight = ctx.slopes
        ctx.slopes = (None, None)
        if slope.device.type != "cpu" or float(slope) != 1.0:  # a pass over memory less
            of_hidden = None if of_hidden is None else of_hidden * slope
            of_weight = None if of_weight is None else of_weight * slope
        return of_hidden, of_weight, None, None, None


def give_completion_loss(model: Any, *, fused: bool) -> None:
    """Let a model return the summed cross-entropy of given targets where it is asked for that.

    Its ``forward`` takes three more arguments: ``places``, the positions of the only sequence of a batch at which a
    token is predicted; ``targets``, those tokens; and ``scale``, which multiplies the sum. Called without them, it is
    as it was. The loss is taken inside of ``forward`` because that is what wrappers for several devices look after.

    Args:
        model: a causal language model of transformers, perhaps with adapters in it.
        fused: whether its logits are its output embeddings times its body's hidden states, so that they need not be
            computed as a whole; see :func:`logits_are_a_product`.
    """
    usual = model.forward

    def forward(_: Any, *arguments: Any, **options: Any) -> Any:
        if "targets" not in options:
            return usual(*arguments, **options)
        places, targets, scale = (options.pop(name) for name in ("places", "targets", "scale"))
        if not fused:
            logits = usual(*arguments, use_cache=False, **options).logits[0, places]
            return cross_entropy(logits.float(), targets, reduction="sum") * scale
        hidden = _body_of(model)(*arguments, use_cache=False, **options)[0][0, places]
        kind = hidden.device.type
        if torch.is_autocast_enabled(kind):
            hidden = hidden.to(torch.get_autocast_dtype(kind))
        weight = model.get_output_embeddings().weight
        with torch.autocast(kind, enabled=False):
            loss: Tensor = _FusedCrossEntropy.apply(  # type: ignore[no-untyped-call]
                hidden, weight, targets, scale, torch.is_grad_enabled()
            )
        return loss

    model.forward = MethodType(forward, model)


def logits_are_a_product(model: Any, tokens: Tensor) -> bool:
    """Whether a model's logits are its output embeddings times its body's hidden states, on a sequence of tokens.

    Some architectures scale or bound the logits, or add a bias.
    """
    head = model.get_output_embeddings()
    bounded = getattr(model.config, "final_logit_softcapping", None)  # where logits are small, that does not show
    if head is None or bounded or getattr(head, "bias", None) is not None or not hasattr(head, "weight"):
        return False
    was_training = model.training
    model.eval()
    try:
        with torch.no_grad():
            logits = model(input_ids=tokens, use_cache=False).logits
            own = _body_of(model)(input_ids=tokens, use_cache=False)[0] @ head.weight.T
    except (AttributeError, TypeError, IndexError):
        return False
    finally:
        model.train(was_training)
    return own.shape == logits.shape and torch.allclose(own.float(), logits.float(), rtol=1e-3, atol=1e-3)


def _body_of(model: Any) -> Any:
    """The model without its output embeddings."""
    return getattr(model, model.base_model_prefix)
