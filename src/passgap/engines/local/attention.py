"""Attention over a context in two parts, a shared prompt and a sequence's own tokens, each computed on its own."""

from __future__ import annotations

import torch
from torch import Tensor


def attend(query: Tensor, keys: Tensor, values: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """Softmax attention, and the logarithm of its denominator so that two parts of one context can be merged.

    Args:
        query: of shape (blocks, heads, queries, size).
        keys: of shape (blocks, heads, length, size), contiguous, or else the products copy them first.
        values: the same.
        mask: 0 where a key is visible and minus infinity where it is not, broadcast to (blocks, heads, queries,
            length).

    Returns:
        The attended values of shape (blocks, heads, queries, size), and the log-denominators of shape (blocks, heads,
        queries, 1).
    """
    products = torch.bmm(query.flatten(0, 1), keys.flatten(0, 1).transpose(1, 2)).view(*query.shape[:-1], -1)
    scores = products.float().mul_(query.shape[-1] ** -0.5).add_(mask)
    weights = torch.softmax(scores, dim=-1)
    # Any weight gives the denominator; the largest gives it best, and needs no second pass of exponentials.
    total = scores.amax(dim=-1, keepdim=True) - weights.amax(dim=-1, keepdim=True).log()
    attended = torch.bmm(weights.to(values.dtype).flatten(0, 1), values.flatten(0, 1))
    return attended.view(query.shape), total


def merge(first: Tensor, first_total: Tensor, second: Tensor, second_total: Tensor) -> Tensor:
    """Attention over two parts of a context from the attention over each (Dao et al. 2022, arXiv 2205.14135)."""
    # As a softmax of two, which is computed row by row; a sigmoid rounds differently at the end of a tensor.
    shares = torch.softmax(torch.cat((first_total, second_total), dim=-1), dim=-1)
    return torch.lerp(second, first, shares[..., :1].to(first.dtype))
