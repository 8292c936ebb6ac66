"""The rows' own tokens, kept so that a step reads no more of them than there are.

A shelf holds rows of about one length. Its keys and values are contiguous, so that the products of attention read them
as they lie, and a row that has just begun does not pay for one that is almost done. A row moves to the next shelf when
it outgrows its own; how far its tokens are padded therefore depends on how many it has, and not on its company.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Generic, TypeVar

from torch import Tensor

STRIDE = 32
"""Lengths are multiples of this many tokens: whole vectors of a processor, so that padding adds zeros and no more."""

_LEAST_ROWS = 16

RowT = TypeVar("RowT", bound=Hashable)


@dataclass(frozen=True)
class KeyValueCache:
    """Keys and values of some rows in all layers, each of shape (layers, rows, key heads, length, head size)."""

    keys: Tensor
    values: Tensor

    @property
    def rows(self) -> int:
        return int(self.keys.shape[1])

    @property
    def length(self) -> int:
        """The tokens that each row has room for."""
        return int(self.keys.shape[3])

    def first(self, rows: int) -> KeyValueCache:
        """The first rows, as a view."""
        return KeyValueCache(self.keys[:, :rows], self.values[:, :rows])

    def put(self, row: int, source: KeyValueCache, source_row: int) -> None:
        """Copy as much of a row of another cache, or of this one, as both have room for."""
        length = min(self.length, source.length)
        self.keys[:, row, :, :length] = source.keys[:, source_row, :, :length]
        self.values[:, row, :, :length] = source.values[:, source_row, :, :length]


def shelf_lengths(longest: int) -> list[int]:
    """Multiples of :data:`STRIDE`, each up to a half longer than the one before, until ``longest`` tokens fit."""
    last = -(-longest // STRIDE) * STRIDE
    lengths = [STRIDE]
    while lengths[-1] < last:
        step = STRIDE * max(1, (1 << (lengths[-1] // STRIDE).bit_length()) // 4)
        lengths.append(min(lengths[-1] + step, last))
    return lengths


@dataclass
class _Shelf(Generic[RowT]):
    """Rows and their cache, which has room for at least as many and is let go when the last one leaves."""

    length: int
    new_cache: Callable[[int, int], KeyValueCache]
    rows: list[RowT] = field(default_factory=list)
    cache: KeyValueCache | None = None

    def put(self, row: RowT, source: KeyValueCache | None, source_row: int) -> None:
        """Set a row down at the end; without a source it has no tokens yet."""
        cache = self._room()
        if source is not None:
            cache.put(len(self.rows), source, source_row)
        self.rows.append(row)

    def take(self, row: RowT) -> None:
        """Remove a row; the last one takes its place."""
        place, last = self.rows.index(row), self.rows.pop()
        if place < len(self.rows) and self.cache is not None:
            self.rows[place] = last
            self.cache.put(place, self.cache, len(self.rows))
        if not self.rows:
            self.cache = None

    def _room(self) -> KeyValueCache:
        held = self.cache
        if held is None or held.rows == len(self.rows):
            self.cache = self.new_cache(max(_LEAST_ROWS, 2 * len(self.rows)), self.length)
            if held is not None:
                self.cache.keys[:, : held.rows] = held.keys
                self.cache.values[:, : held.rows] = held.values
            return self.cache
        return held


class Shelves(Generic[RowT]):
    """All live rows, from the shortest shelf to the longest.

    Args:
        new_cache: makes a cache of zeros for a number of rows and a length.
        longest: the most tokens of its own that a row can have.
    """

    def __init__(self, new_cache: Callable[[int, int], KeyValueCache], longest: int) -> None:
        self._shelves: list[_Shelf[RowT]] = [_Shelf(length, new_cache) for length in shelf_lengths(longest)]
        self._next = {shelf.length: above for shelf, above in pairwise(self._shelves)}
        self._shelf_of: dict[RowT, _Shelf[RowT]] = {}

    @property
    def rows(self) -> list[RowT]:
        """The rows in the order in which a step takes them."""
        return [row for shelf in self._shelves for row in shelf.rows]

    @property
    def caches(self) -> list[KeyValueCache]:
        """Their caches, shelf by shelf, in the same order."""
        return [shelf.cache.first(len(shelf.rows)) for shelf in self._shelves if shelf.cache is not None]

    def add(self, row: RowT) -> None:
        """Take in a row that has no tokens of its own yet."""
        self._put(row, self._shelves[0], None, 0)

    def fork(self, row: RowT, twin: RowT) -> None:
        """Take in a row that has the same tokens as another so far."""
        shelf = self._shelf_of[row]
        place = shelf.rows.index(row)
        source = shelf.cache
        self._put(twin, shelf, source, place)

    def remove(self, row: RowT) -> None:
        """Let a row go."""
        self._shelf_of.pop(row).take(row)

    def lift(self, row: RowT, length: int) -> bool:
        """See to it that a row has room for this many tokens; say whether it had to move."""
        shelf = self._shelf_of[row]
        if length <= shelf.length:
            return False
        self._put(row, self._next[shelf.length], shelf.cache, shelf.rows.index(row))
        shelf.take(row)
        return True

    def _put(self, row: RowT, shelf: _Shelf[RowT], source: KeyValueCache | None, source_row: int) -> None:
        shelf.put(row, source, source_row)
        self._shelf_of[row] = shelf
