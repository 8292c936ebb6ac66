"""The content of an artifact's shards, read on first access and cached."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Shards(Generic[Item]):
    """The items of an artifact by shard, cached. A shard is read from disk on first access, unless a stage supplied it.

    Threads may supply different shards at the same time.
    """

    def __init__(self, path_of: Callable[[int], Path], read: Callable[[Path], tuple[Item, ...]], count: int) -> None:
        """Describe the shards; nothing is read yet.

        Args:
            path_of: returns the file of a shard.
            read: reads one file.
            count: the number of shards.
        """
        self._path_of = path_of
        self._read = read
        self._kept: list[tuple[Item, ...] | None] = [None] * count

    def __len__(self) -> int:
        return len(self._kept)

    def __getitem__(self, number: int) -> tuple[Item, ...]:
        """The items of one shard.

        Raises:
            StoreError: it is damaged.
        """
        kept = self._kept[number]
        if kept is None:
            kept = self._kept[number] = self._read(self._path_of(number))
        return kept

    def __iter__(self) -> Iterator[tuple[Item, ...]]:
        return (self[number] for number in range(len(self)))

    def keep(self, number: int, items: tuple[Item, ...]) -> None:
        """Supply the items of a shard that was just written, so that it is not read back."""
        self._kept[number] = items
