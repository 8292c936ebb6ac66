"""Users in two groups as one stream of differences: the unit of a comparison between users is the user.

A sticky split gives all calls of a user to one model, so that calls depend on each other, and a comparison of calls
alarms in up to a third of runs without any difference. Each user counts once, with one value in [0, 1]. As many users
of production as there are for each one in the canary form a block with it, in the order of their arrival; the
difference of a block is the mean of its canary users less that of its production users, whose expectation is the
difference between the models, whatever the users are like.

Blocks are formed by the share that is in force, without regard to any value, so the differences can be bet on
(:mod:`.differences`). An unequal share costs what it costs any test: a block's variance is the sum of both means'.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pydantic import Field

from passgap.estimates.counts import FloatArray
from passgap.records import Record

LARGEST = 50
"""Users of one group in a block: more would hardly lower its variance, and delay what it says."""


class UserBlocks(Record):
    """Users whose values are known and who wait for their block to be complete, each group in order of arrival."""

    canary: tuple[float, ...] = ()
    production: tuple[float, ...] = ()
    needs: tuple[int, int] | None = None
    """Users of canary and production in the block that is being formed; None where none is."""
    formed: int = Field(default=0, ge=0)
    """Blocks that were formed."""

    def observe(
        self, canary: Sequence[float], production: Sequence[float], share: float
    ) -> tuple[UserBlocks, FloatArray]:
        """Form all blocks that the waiting users and these ones give.

        Args:
            canary: values of users in the canary.
            production: values of the others.
            share: of the users in the canary, by which the next blocks are formed; between 0 and 1.

        Returns:
            The users that still wait, and the difference of each block, canary minus production.
        """
        ours, theirs = [*self.canary, *canary], [*self.production, *production]
        needs = self.needs or block_of(share)
        differences: list[float] = []
        first = second = 0
        while len(ours) - first >= needs[0] and len(theirs) - second >= needs[1]:
            one, other = ours[first : first + needs[0]], theirs[second : second + needs[1]]
            first, second = first + needs[0], second + needs[1]
            differences.append(sum(one) / len(one) - sum(other) / len(other))
            needs = block_of(share)
        waiting = UserBlocks(
            canary=tuple(ours[first:]),
            production=tuple(theirs[second:]),
            needs=needs,
            formed=self.formed + len(differences),
        )
        return waiting, np.array(differences, dtype=np.float64)


def block_of(share: float) -> tuple[int, int]:
    """Users of canary and of production in one block, for a share of the users in the canary."""
    if share <= 0.0 or share >= 1.0:
        return (1, 1)
    if share <= 0.5:
        return (1, min(LARGEST, max(1, round((1.0 - share) / share))))
    return (min(LARGEST, max(1, round(share / (1.0 - share)))), 1)
