"""Sequences keep their tokens whatever happens to the sequences around them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

torch = pytest.importorskip("torch")

from passgap.engines.local.kv_cache import STRIDE, BucketedKVCache, KVCache, bucket_lengths  # noqa: E402 - after the skip

LONGEST = 100


def new_cache(slots: int, length: int) -> KVCache:
    shape = (2, slots, 1, length, 1)
    return KVCache(torch.zeros(shape), torch.zeros(shape))


def write(buckets: BucketedKVCache[int], written: dict[int, list[float]]) -> None:
    """Put each sequence's latest token where a step would."""
    sequences = iter(buckets.sequences)
    for cache in buckets.caches:
        for slot in range(cache.slots):
            tokens = written[next(sequences)]
            if tokens:
                cache.keys[:, slot, 0, len(tokens) - 1, 0] = tokens[-1]
                cache.values[:, slot, 0, len(tokens) - 1, 0] = -tokens[-1]


def held(buckets: BucketedKVCache[int], written: dict[int, list[float]]) -> dict[int, list[float]]:
    sequences = iter(buckets.sequences)
    found = {}
    for cache in buckets.caches:
        for slot in range(cache.slots):
            sequence = next(sequences)
            length = len(written[sequence])
            assert length <= cache.length
            assert torch.equal(cache.keys[0, slot], cache.keys[1, slot])
            assert torch.equal(cache.keys[:, slot, :, :length], -cache.values[:, slot, :, :length])
            found[sequence] = cache.keys[0, slot, 0, :length, 0].tolist()
    assert next(sequences, None) is None
    return found


@given(st.lists(st.tuples(st.sampled_from(["add", "fork", "remove", "write"]), st.integers(0, 1000)), max_size=60))
def test_sequences_keep_their_tokens(moves: list[tuple[str, int]]) -> None:
    buckets: BucketedKVCache[int] = BucketedKVCache(new_cache, LONGEST)
    written: dict[int, list[float]] = {}
    for number, (move, choice) in enumerate(moves):
        chosen = sorted(written)[choice % len(written)] if written else None
        if move == "add" or chosen is None:
            buckets.add(number)
            written[number] = []
        elif move == "fork":
            buckets.fork(chosen, number)
            written[number] = list(written[chosen])
        elif move == "remove":
            buckets.remove(chosen)
            del written[chosen]
        else:
            for count in range(1 + choice % LONGEST):
                for sequence, tokens in written.items():
                    if len(tokens) < LONGEST and (sequence == chosen or count == 0):
                        tokens.append(float(1000 * number + 10 * count + sequence))
                        buckets.grow(sequence, len(tokens))
                write(buckets, written)
        assert held(buckets, written) == written


@given(st.integers(1, 10_000))
def test_buckets_reach_as_far_as_they_must_in_steps_of_at_most_a_half(longest: int) -> None:
    lengths = bucket_lengths(longest)
    assert longest <= lengths[-1] < longest + STRIDE
    assert all(length % STRIDE == 0 for length in lengths)
    assert all(longer <= max(1.5 * length, length + STRIDE) for length, longer in pairwise(lengths))
    assert len(lengths) <= 20


def test_an_empty_bucket_holds_no_memory() -> None:
    buckets: BucketedKVCache[str] = BucketedKVCache(new_cache, LONGEST)
    buckets.add("sequence")
    buckets.grow("sequence", STRIDE + 1)
    assert [cache.length for cache in buckets.caches] == [2 * STRIDE]
    buckets.remove("sequence")
    assert buckets.caches == []
