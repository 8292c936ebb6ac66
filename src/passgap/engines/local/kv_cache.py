"""The KV cache of generated tokens, bucketed by length so that a step reads little more of it than there is.

A bucket holds sequences of about one length. Its keys and values are contiguous, so that attention reads them in place,
and a sequence that has just begun does not pay for one that is almost done. A sequence moves to the next bucket when it
outgrows its own; how far it is padded therefore depends on its own length alone, and the result is batch-invariant.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Generic, TypeVar

from torch import Tensor

STRIDE = 32
"""Lengths are multiples of this many tokens: whole vectors of a processor, so that padding adds zeros and no more."""

_MIN_SLOTS = 16

SequenceT = TypeVar("SequenceT", bound=Hashable)


@dataclass(frozen=True)
class KVCache:
    """Keys and values of some sequences in all layers.

    Both are of shape (layers, slots, key heads, length, head size); each sequence has a slot.
    """

    keys: Tensor
    values: Tensor

    @property
    def slots(self) -> int:
        """How many sequences it has room for."""
        return int(self.keys.shape[1])

    @property
    def length(self) -> int:
        """How many tokens each slot has room for."""
        return int(self.keys.shape[3])

    def first(self, slots: int) -> KVCache:
        """The first slots, as a view."""
        return KVCache(self.keys[:, :slots], self.values[:, :slots])

    def copy(self, slot: int, source: KVCache, source_slot: int) -> None:
        """Copy as much of a slot of another cache, or of this one, as both have room for."""
        length = min(self.length, source.length)
        self.keys[:, slot, :, :length] = source.keys[:, source_slot, :, :length]
        self.values[:, slot, :, :length] = source.values[:, source_slot, :, :length]


def bucket_lengths(longest: int) -> list[int]:
    """Multiples of :data:`STRIDE`, each up to half as long again as the one before, until ``longest`` tokens fit."""
    last = -(-longest // STRIDE) * STRIDE
    lengths = [STRIDE]
    while lengths[-1] < last:
        step = STRIDE * max(1, (1 << (lengths[-1] // STRIDE).bit_length()) // 4)
        lengths.append(min(lengths[-1] + step, last))
    return lengths


@dataclass
class _Bucket(Generic[SequenceT]):
    """Sequences and their cache, which has room for at least as many and is freed when the last one leaves."""

    length: int
    new_cache: Callable[[int, int], KVCache]
    sequences: list[SequenceT] = field(default_factory=list)
    cache: KVCache | None = None

    def add(self, sequence: SequenceT, source: KVCache | None, source_slot: int) -> None:
        """Add a sequence at the end; without a source it has no tokens yet."""
        cache = self._with_a_free_slot()
        if source is not None:
            cache.copy(len(self.sequences), source, source_slot)
        self.sequences.append(sequence)

    def remove(self, sequence: SequenceT) -> None:
        """Remove a sequence; the last one takes its slot."""
        slot, last = self.sequences.index(sequence), self.sequences.pop()
        if slot < len(self.sequences) and self.cache is not None:
            self.sequences[slot] = last
            self.cache.copy(slot, self.cache, len(self.sequences))
        if not self.sequences:
            self.cache = None

    def _with_a_free_slot(self) -> KVCache:
        held = self.cache
        if held is None or held.slots == len(self.sequences):
            self.cache = self.new_cache(max(_MIN_SLOTS, 2 * len(self.sequences)), self.length)
            if held is not None:
                self.cache.keys[:, : held.slots] = held.keys
                self.cache.values[:, : held.slots] = held.values
            return self.cache
        return held


class BucketedKVCache(Generic[SequenceT]):
    """The caches of all running sequences, from the shortest bucket to the longest.

    Args:
        new_cache: makes a cache of zeros for a number of slots and a length in tokens.
        longest: the most tokens of its own that a sequence can have.
    """

    def __init__(self, new_cache: Callable[[int, int], KVCache], longest: int) -> None:
        self._buckets: list[_Bucket[SequenceT]] = [_Bucket(length, new_cache) for length in bucket_lengths(longest)]
        self._next = {bucket.length: above for bucket, above in pairwise(self._buckets)}
        self._bucket_of: dict[SequenceT, _Bucket[SequenceT]] = {}

    @property
    def sequences(self) -> list[SequenceT]:
        """The sequences in the order in which a step takes them."""
        return [sequence for bucket in self._buckets for sequence in bucket.sequences]

    @property
    def caches(self) -> list[KVCache]:
        """Their caches, bucket by bucket, in the same order."""
        return [bucket.cache.first(len(bucket.sequences)) for bucket in self._buckets if bucket.cache is not None]

    def add(self, sequence: SequenceT) -> None:
        """Add a sequence that has no tokens of its own yet."""
        self._put(sequence, self._buckets[0], None, 0)

    def fork(self, sequence: SequenceT, twin: SequenceT) -> None:
        """Add a sequence that has the same tokens as another so far."""
        bucket = self._bucket_of[sequence]
        slot = bucket.sequences.index(sequence)
        source = bucket.cache
        self._put(twin, bucket, source, slot)

    def remove(self, sequence: SequenceT) -> None:
        """Remove a sequence and free its slot."""
        self._bucket_of.pop(sequence).remove(sequence)

    def grow(self, sequence: SequenceT, length: int) -> bool:
        """Make room for this many tokens of a sequence, and say whether it had to move to the next bucket."""
        bucket = self._bucket_of[sequence]
        if length <= bucket.length:
            return False
        self._put(sequence, self._next[bucket.length], bucket.cache, bucket.sequences.index(sequence))
        bucket.remove(sequence)
        return True

    def _put(self, sequence: SequenceT, bucket: _Bucket[SequenceT], source: KVCache | None, source_slot: int) -> None:
        bucket.add(sequence, source, source_slot)
        self._bucket_of[sequence] = bucket
