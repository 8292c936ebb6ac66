"""Containers that nothing refers to any more are forgotten, in time that grows with their number."""

from __future__ import annotations

from typing import Any

import pytest

from passgap.execution.worker.exchange.heap import Heap
from passgap.execution.worker.exchange.value_decoder import Decoder
from passgap.execution.worker.exchange.value_encoder import Encoder


def _refuse(node: list[Any]) -> Any:
    raise AssertionError(f"nothing opaque is sent here: {node}")


def _side(parity: int) -> tuple[Heap, Encoder]:
    encoder = Encoder(_refuse)
    decoder = Decoder(lambda node: heap.get(node[1]))
    heap = Heap(encoder, decoder, parity)
    return heap, encoder


def _chain(depth: int) -> list[Any]:
    chain: list[Any] = []
    for level in range(depth):
        chain = [chain] if level % 2 else [(chain,)]
    return chain


class Counting(dict[int, Any]):
    """A table that counts how many of its entries were looked at."""

    looked_at = 0

    def get(self, *key: Any) -> Any:
        self.looked_at += 1
        return super().get(*key)

    def items(self) -> Any:
        self.looked_at += len(self)
        return super().items()


@pytest.mark.parametrize("depth", [10, 3000])
def test_a_chain_is_forgotten_on_both_sides_in_one_walk(depth: int) -> None:
    sender, encoder = _side(0)
    receiver, _ = _side(1)
    sender._shared = table = Counting()
    chain = _chain(depth)
    encoder.encode(chain)
    receiver.apply(sender.changes())
    del chain
    table.looked_at = 0
    sender.prune()
    assert table.looked_at <= 3 * (depth + 1)
    entries, unused = sender.changes()
    assert not entries and len(unused) == depth + 1
    receiver.apply([entries, unused])
    receiver.prune()
    assert receiver.changes() == [[], []]


def test_what_is_still_referred_to_is_kept() -> None:
    sender, encoder = _side(0)
    inner: list[Any] = [1]
    outer = [inner, (inner,)]
    encoder.encode(outer)
    sender.changes()
    del outer
    sender.prune()
    assert len(sender.changes()[1]) == 1
    inner.append(2)
    assert sender.changes() == [[[2, ["l", 1, 2]]], []]
