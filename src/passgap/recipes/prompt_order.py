"""The prompts of each update of a policy gradient: a function of the seed, the step and the groups so far."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from passgap.records import PromptOrder, sample_seed

Passes = Mapping[int, tuple[int, int]]
"""(passed, scored) samples of prompts in earlier updates, by the prompt's position; those not drawn yet are absent."""


def prompts_of_step(order: PromptOrder, step: int, count: int, per_step: int, seed: int, seen: Passes) -> list[int]:
    """The positions of the prompts of one update. Where there are fewer than it has groups, some have several.

    Args:
        order: ``shuffled`` goes through all prompts before any comes again, in a new order every time; ``curriculum``
            draws prompts in proportion to the expected variance of their rewards, none again before all were drawn.
        step: from 0.
        count: prompts that there are, at least one.
        per_step: groups of an update.
        seed: of the fine-tune.
        seen: what the groups so far said; read by ``curriculum`` alone.
    """
    if order == "shuffled":
        places = (divmod(place, count) for place in range(step * per_step, (step + 1) * per_step))
        return [_shuffled(count, seed, number)[place] for number, place in places]
    weights = [expected_variance(*seen.get(position, (0, 0))) for position in range(count)]
    return _drawn(weights, per_step, random.Random(sample_seed(seed, "curriculum", step)))  # noqa: S311 - no secret


def expected_variance(passed: int, scored: int) -> float:
    """The expected variance of a pass, p (1 - p), under a uniform prior of p and so many passes of scored samples.

    A prompt that was never solved, or always, is drawn less and less, and never not at all.
    """
    first, second = 1 + passed, 1 + scored - passed
    total = first + second
    return first * second / (total * (total + 1))


def _shuffled(count: int, seed: int, number: int) -> list[int]:
    positions = list(range(count))
    random.Random(sample_seed(seed, "prompts", number)).shuffle(positions)  # noqa: S311 - no secret
    return positions


def _drawn(weights: Sequence[float], wanted: int, chance: random.Random) -> list[int]:
    """Positions drawn one after the other, each in proportion to the weights of those that are left."""
    left: dict[int, float] = {}
    chosen = []
    for _ in range(wanted):
        left = left or dict(enumerate(weights))
        [position] = chance.choices(list(left), weights=list(left.values()))
        chosen.append(position)
        del left[position]
    return chosen
