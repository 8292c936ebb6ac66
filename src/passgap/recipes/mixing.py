"""How much instruction data is mixed in, and which: exact by examples, fixed by the seed."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from passgap.records import MixedExample, sample_seed

MIX_RULE = "the share of the training examples, exact to the nearest example; drawn from the file by the study's seed"
"""The rule in words, as pre-registered."""


def mixed_among(own: int, ratio: float) -> int:
    """How many examples join ``own`` ones, so that they make up ``ratio`` of all as nearly as whole examples can."""
    share = Fraction(str(ratio))
    fewer = int(own * share / (1 - share))
    return min((fewer, fewer + 1), key=lambda count: abs(Fraction(count, max(1, own + count)) - share))


def in_mixing_order(examples: Sequence[MixedExample], seed: int) -> tuple[MixedExample, ...]:
    """The examples in an order like a shuffle, fixed by the seed: a higher ratio adds to what a lower one takes."""
    order = sorted(range(len(examples)), key=lambda place: sample_seed(seed, "mix", place))
    return tuple(examples[place] for place in order)
