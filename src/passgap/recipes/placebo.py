"""Draw as many samples at random as a selection has: the placebo of whatever chose the selection."""

from __future__ import annotations

import random
from collections.abc import Hashable, Mapping, Sequence

TOLERANCE = 0.005
"""How far the placebo's token count may stay from the selection's, as a share of it, before no more is exchanged."""

EXCHANGES = 50
"""Exchanges that are tried for each sample of the selection, at most."""


def draw_placebo(
    selected: Sequence[int], tokens: Mapping[int, int], strata: Mapping[int, Hashable], seed: int
) -> tuple[int, ...]:
    """Draw from each stratum as many items as were selected of it, with about as many tokens in all.

    Every item may be drawn, the selected ones too. A first draw is uniform within strata. Drawn items are then
    exchanged for others of their stratum, both taken at random, wherever that brings the number of tokens nearer to the
    selection's, until it is within :data:`TOLERANCE` or :data:`EXCHANGES` have been tried for each item: so what is
    drawn depends on the selection by its counts and its length, and by nothing else.

    Args:
        selected: the items that were selected.
        tokens: the number of tokens of every item that may be drawn, the selected ones among them.
        strata: the stratum of each of these.
        seed: of the draw.

    Returns:
        The drawn items in ascending order, as many as were selected.
    """
    chance = random.Random(seed)  # noqa: S311
    wanted: dict[Hashable, int] = {}
    for item in selected:
        wanted[strata[item]] = wanted.get(strata[item], 0) + 1
    drawn: dict[Hashable, list[int]] = {}
    left: dict[Hashable, list[int]] = {}
    for stratum, count in wanted.items():
        members = sorted(item for item in tokens if strata[item] == stratum)
        chance.shuffle(members)
        drawn[stratum], left[stratum] = members[:count], members[count:]
    places = [(stratum, place) for stratum, members in drawn.items() if left[stratum] for place in range(len(members))]
    target = sum(tokens[item] for item in selected)
    excess = sum(tokens[item] for members in drawn.values() for item in members) - target
    for _ in range(EXCHANGES * len(places)):
        if abs(excess) <= TOLERANCE * target:
            break
        stratum, place = chance.choice(places)
        other = chance.randrange(len(left[stratum]))
        change = tokens[left[stratum][other]] - tokens[drawn[stratum][place]]
        if abs(excess + change) < abs(excess):
            drawn[stratum][place], left[stratum][other] = left[stratum][other], drawn[stratum][place]
            excess += change
    return tuple(sorted(item for members in drawn.values() for item in members))
