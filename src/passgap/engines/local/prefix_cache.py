"""Prompts that have been read, shared by all the rows that continue them.

Sixteen samples of a prompt attend to the same keys. They are held once, and the sixteen rows' queries are one block
against them: a step reads a prompt's cache once instead of once a row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from passgap.engines.local.kv_cache import STRIDE


@dataclass(frozen=True, eq=False)
class Prefix:
    """One prompt's keys and values, each of shape (layers, key heads, length, head size)."""

    keys: Tensor
    values: Tensor

    @property
    def length(self) -> int:
        """The prompt's tokens."""
        return int(self.keys.shape[2])


class Prefixes:
    """The prompts of all live rows, padded to one length, and which row continues which."""

    def __init__(self, prefixes: Sequence[Prefix]) -> None:
        longest = -(-max(prefix.length for prefix in prefixes) // STRIDE) * STRIDE
        first = prefixes[0].keys
        layers, heads, _, size = first.shape
        self.keys = first.new_zeros((layers, len(prefixes), heads, longest, size))
        self.values = torch.zeros_like(self.keys)
        self.mask = torch.full((len(prefixes), 1, 1, longest), float("-inf"), device=first.device)
        for number, prefix in enumerate(prefixes):
            self.keys[:, number, :, : prefix.length] = prefix.keys
            self.values[:, number, :, : prefix.length] = prefix.values
            self.mask[number, :, :, : prefix.length] = 0.0
        self._rows_of = torch.zeros(len(prefixes), 1, dtype=torch.long)
        self._slot_of = torch.zeros(0, dtype=torch.long)

    def assign(self, groups: Sequence[int]) -> None:
        """Say which prompt each row continues, by its position among the prefixes."""
        members: list[list[int]] = [[] for _ in range(self.mask.shape[0])]
        places = []
        for row, group in enumerate(groups):
            places.append((group, len(members[group])))
            members[group].append(row)
        width = max(1, *map(len, members))
        device = self.mask.device
        self._rows_of = torch.tensor([[*rows, *[0] * (width - len(rows))] for rows in members], device=device)
        self._slot_of = torch.tensor([group * width + place for group, place in places], device=device)

    def gather(self, rows: Tensor) -> Tensor:
        """Bring queries by row together by prompt.

        From (rows, key heads, group, size) to (prompts, key heads, width * group, size), padded to the widest prompt.
        """
        prompts, width = self._rows_of.shape
        _, heads, group, size = rows.shape
        blocks = rows[self._rows_of.reshape(-1)].view(prompts, width, heads, group, size)
        return blocks.transpose(1, 2).reshape(prompts, heads, width * group, size)

    def scatter(self, blocks: Tensor, group: int) -> Tensor:
        """Undo :meth:`gather`: back to (rows, key heads, group, size), without the padding."""
        prompts, heads, _, size = blocks.shape
        width = self._rows_of.shape[1]
        back = blocks.view(prompts, heads, width, group, size).transpose(1, 2)
        return back.reshape(prompts * width, heads, group, size)[self._slot_of]


def attend(query: Tensor, keys: Tensor, values: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """Softmax attention and the logarithm of its denominator, so that two parts of one context can be joined.

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
    # Any weight tells the denominator; the largest tells it best, and needs no second pass of exponentials.
    total = scores.amax(dim=-1, keepdim=True) - weights.amax(dim=-1, keepdim=True).log()
    attended = torch.bmm(weights.to(values.dtype).flatten(0, 1), values.flatten(0, 1))
    return attended.view(query.shape), total


def join(first: Tensor, first_total: Tensor, second: Tensor, second_total: Tensor) -> Tensor:
    """Attention over two parts of a context from the attention over each (Dao et al. 2022, arXiv 2205.14135)."""
    # As a softmax of two, which is computed row by row; a sigmoid rounds differently at the end of a tensor.
    shares = torch.softmax(torch.cat((first_total, second_total), dim=-1), dim=-1)
    return torch.lerp(second, first, shares[..., :1].to(first.dtype))
