"""The rows that a step computes, and the prompts that they continue.

A row is not a completion but a text: completions of a prompt that have drawn the same tokens so far share a row, which
is computed once, and part when they draw different ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from passgap.engines.common.completion import Completion
from passgap.engines.local.decoder import Decoder
from passgap.engines.local.kv_cache import Shelves
from passgap.engines.local.prefix_cache import Prefix, Prefixes


@dataclass(eq=False)
class Row:
    """A prompt that has been read, and the completions that have the same tokens so far; at least one."""

    prefix: Prefix
    completions: list[Completion]

    @property
    def tokens(self) -> list[int]:
        """The tokens that they share."""
        return self.completions[0].tokens


class LiveRows:
    """All rows of a batch.

    Args:
        decoder: the model.
        longest: the most tokens that a completion can have.
    """

    def __init__(self, decoder: Decoder, longest: int) -> None:
        self._decoder = decoder
        self._shelves: Shelves[Row] = Shelves(decoder.new_cache, longest)
        self._prompts: _Prompts | None = None
        self._standing: list[Row] = []

    @property
    def rows(self) -> list[Row]:
        """The rows; a step may change their order."""
        return self._shelves.rows

    @property
    def completions(self) -> int:
        """How many completions the rows stand for."""
        return sum(len(row.completions) for row in self._shelves.rows)

    def begin(self, row: Row, groups: Sequence[list[Completion]]) -> None:
        """Take in the completions of a row that was no step's yet, as one row for each group."""
        for group in groups:
            self._shelves.add(Row(row.prefix, group))

    def part(self, row: Row, groups: Sequence[list[Completion]]) -> None:
        """Let the completions of a row go on as one row for each group; without a group the row ends."""
        if not groups:
            self._shelves.remove(row)
            return
        row.completions = groups[0]
        for group in groups[1:]:
            self._shelves.fork(row, Row(row.prefix, group))

    def step(self) -> tuple[list[Row], torch.Tensor]:
        """Read each row's last token.

        Returns:
            The rows, and their hidden states of shape (rows, hidden size).
        """
        for row in self._shelves.rows:
            self._shelves.lift(row, len(row.tokens))
        rows, device = self._shelves.rows, self._decoder.device
        hidden = self._decoder.step(
            torch.tensor([row.tokens[-1] for row in rows], device=device),
            torch.tensor([len(row.tokens) - 1 for row in rows], device=device),
            torch.tensor([row.prefix.length for row in rows], device=device),
            self._shelves.caches,
            self._prefixes(rows),
        )
        return rows, hidden

    def _prefixes(self, rows: list[Row]) -> Prefixes:
        if self._prompts is None or not self._prompts.serve(rows):
            self._prompts = _Prompts(rows)
        elif rows == self._standing:
            return self._prompts.stacked
        self._standing = rows
        self._prompts.assign(rows)
        return self._prompts.stacked


class _Prompts:
    """The prompts of the live rows, each stacked once; rows may end without the stack being made anew."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._place = {prefix: place for place, prefix in enumerate(dict.fromkeys(row.prefix for row in rows))}
        self.stacked = Prefixes(list(self._place))

    def assign(self, rows: Sequence[Row]) -> None:
        """Say which rows continue which prompt."""
        self.stacked.assign([self._place[row.prefix] for row in rows])

    def serve(self, rows: Sequence[Row]) -> bool:
        """Whether every row's prompt is stacked, and at least half of the stacked prompts still have a row."""
        wanted = {row.prefix for row in rows}
        return wanted <= self._place.keys() and 2 * len(wanted) >= len(self._place)
