"""The KV cache of prompts, shared by all sequences that continue them.

Sixteen samples of a prompt attend to the same keys. They are kept once, and the sixteen sequences' queries are one
block against them: a step reads a prompt's cache once instead of once per sequence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from passgap.engines.local.kv_cache import STRIDE


@dataclass(frozen=True, eq=False)
class Prefix:
    """The keys and values of one prompt, each of shape (layers, key heads, length, head size)."""

    keys: Tensor
    values: Tensor

    @property
    def length(self) -> int:
        """The prompt's tokens."""
        return int(self.keys.shape[2])


class PrefixBatch:
    """The prompts of all running sequences, padded to one length, and which sequence continues which."""

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
        self._members_of = torch.zeros(len(prefixes), 1, dtype=torch.long)
        self._place_of = torch.zeros(0, dtype=torch.long)

    def assign(self, prefix_of: Sequence[int]) -> None:
        """Say which prompt each sequence continues, by its position among the prefixes."""
        members: list[list[int]] = [[] for _ in range(self.mask.shape[0])]
        places = []
        for sequence, prefix in enumerate(prefix_of):
            places.append((prefix, len(members[prefix])))
            members[prefix].append(sequence)
        width = max(1, *map(len, members))
        device = self.mask.device
        padded = [[*sequences, *[0] * (width - len(sequences))] for sequences in members]
        self._members_of = torch.tensor(padded, device=device)
        self._place_of = torch.tensor([prefix * width + place for prefix, place in places], device=device)

    def gather(self, queries: Tensor) -> Tensor:
        """Bring the queries of sequences together by prompt.

        From (sequences, key heads, group, size) to (prompts, key heads, width * group, size), padded to the prompt with
        the most sequences.
        """
        prompts, width = self._members_of.shape
        _, heads, group, size = queries.shape
        blocks = queries[self._members_of.reshape(-1)].view(prompts, width, heads, group, size)
        return blocks.transpose(1, 2).reshape(prompts, heads, width * group, size)

    def scatter(self, blocks: Tensor, group: int) -> Tensor:
        """Undo :meth:`gather`: back to (sequences, key heads, group, size), without the padding."""
        prompts, heads, _, size = blocks.shape
        width = self._members_of.shape[1]
        back = blocks.view(prompts, heads, width, group, size).transpose(1, 2)
        return back.reshape(prompts * width, heads, group, size)[self._place_of]
