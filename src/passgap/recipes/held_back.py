"""Which problems of the pool are not trained on, so that the loss on their samples says how training goes."""

from __future__ import annotations

import math
from collections.abc import Iterable

from passgap.records import TrainConfig, sample_seed


def problems_held_back(problems: int, config: TrainConfig) -> int:
    """The number of problems whose samples are held back: the declared share, rounded up, and never all."""
    if config.eval_every is None:
        return 0
    return min(math.ceil(config.held_back * problems), max(0, problems - 1))


def held_back(problems: Iterable[str], config: TrainConfig, seed: int) -> frozenset[str]:
    """Choose the problems whose samples are held back, by the seed.

    Args:
        problems: the ids of the problems that have samples to train on, in any order; repetitions do not count.
        config: the fine-tune's.
        seed: of the choice.
    """
    distinct = sorted(set(problems), key=lambda name: sample_seed(seed, "held-back", name))
    return frozenset(distinct[: problems_held_back(len(distinct), config)])
