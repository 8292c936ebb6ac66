"""Rows keep their tokens whatever happens to the rows around them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

torch = pytest.importorskip("torch")

from passgap.engines.local.kv_cache import STRIDE, KeyValueCache, Shelves, shelf_lengths  # noqa: E402 - after the skip

LONGEST = 100


def new_cache(rows: int, length: int) -> KeyValueCache:
    shape = (2, rows, 1, length, 1)
    return KeyValueCache(torch.zeros(shape), torch.zeros(shape))


def write(shelves: Shelves[int], written: dict[int, list[float]]) -> None:
    """Put each row's latest token where a step would."""
    numbers = iter(shelves.rows)
    for cache in shelves.caches:
        for place in range(cache.rows):
            tokens = written[next(numbers)]
            if tokens:
                cache.keys[:, place, 0, len(tokens) - 1, 0] = tokens[-1]
                cache.values[:, place, 0, len(tokens) - 1, 0] = -tokens[-1]


def held(shelves: Shelves[int], written: dict[int, list[float]]) -> dict[int, list[float]]:
    rows = iter(shelves.rows)
    found = {}
    for cache in shelves.caches:
        for place in range(cache.rows):
            row = next(rows)
            length = len(written[row])
            assert length <= cache.length
            assert torch.equal(cache.keys[0, place], cache.keys[1, place])
            assert torch.equal(cache.keys[:, place, :, :length], -cache.values[:, place, :, :length])
            found[row] = cache.keys[0, place, 0, :length, 0].tolist()
    assert next(rows, None) is None
    return found


@given(st.lists(st.tuples(st.sampled_from(["add", "fork", "remove", "write"]), st.integers(0, 1000)), max_size=60))
def test_rows_keep_their_tokens(moves: list[tuple[str, int]]) -> None:
    shelves: Shelves[int] = Shelves(new_cache, LONGEST)
    written: dict[int, list[float]] = {}
    for number, (move, choice) in enumerate(moves):
        chosen = sorted(written)[choice % len(written)] if written else None
        if move == "add" or chosen is None:
            shelves.add(number)
            written[number] = []
        elif move == "fork":
            shelves.fork(chosen, number)
            written[number] = list(written[chosen])
        elif move == "remove":
            shelves.remove(chosen)
            del written[chosen]
        else:
            for count in range(1 + choice % LONGEST):
                for row, tokens in written.items():
                    if len(tokens) < LONGEST and (row == chosen or count == 0):
                        tokens.append(float(1000 * number + 10 * count + row))
                        shelves.lift(row, len(tokens))
                write(shelves, written)
        assert held(shelves, written) == written


@given(st.integers(1, 10_000))
def test_shelves_reach_as_far_as_they_must_in_steps_of_at_most_a_half(longest: int) -> None:
    lengths = shelf_lengths(longest)
    assert longest <= lengths[-1] < longest + STRIDE
    assert all(length % STRIDE == 0 for length in lengths)
    assert all(longer <= max(1.5 * length, length + STRIDE) for length, longer in pairwise(lengths))
    assert len(lengths) <= 20


def test_a_shelf_that_nobody_stands_on_holds_no_memory() -> None:
    shelves: Shelves[str] = Shelves(new_cache, LONGEST)
    shelves.add("row")
    shelves.lift("row", STRIDE + 1)
    assert [cache.length for cache in shelves.caches] == [2 * STRIDE]
    shelves.remove("row")
    assert shelves.caches == []
