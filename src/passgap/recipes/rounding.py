"""The part of a fine-tune that rounding to bfloat16 takes: how far weights move, against the spacing of the type."""

from __future__ import annotations

import math

from passgap.records import TrainConfig

TYPICAL_WEIGHT = 0.02
"""The magnitude of most weights of a transformer: about the deviation that they are initialised with."""

_SIGNIFICANT_BITS = 8
"""Of bfloat16, with the implicit one."""


def spacing(weight: float) -> float:
    """The distance of a bfloat16 number from its neighbours of the same exponent."""
    return float(2.0 ** (math.floor(math.log2(abs(weight))) - _SIGNIFICANT_BITS + 1))


def farthest_move(config: TrainConfig, updates: int) -> float:
    """About the most that a weight moves in so many updates: the sum of their learning rates.

    An update of AdamW moves a weight by about the learning rate where its gradients agree, and by less where they do
    not (Kingma and Ba 2015, section 2.1).
    """
    warming = round(updates * config.warmup_ratio)
    falling = max(1, updates - warming)
    total = 0.0
    for step in range(updates):
        if step < warming:
            total += step / warming
        elif config.schedule == "constant":
            total += 1.0
        else:
            done = (step - warming) / falling
            total += 0.5 * (1.0 + math.cos(math.pi * done)) if config.schedule == "cosine" else 1.0 - done
    return config.learning_rate * total


def rounded_away(config: TrainConfig, updates: int) -> bool:
    """Whether most of what a fine-tune of all weights learns is lost where they are stored in bfloat16.

    Weights of a model that was trained in bfloat16 are numbers of the type, so that a typical one which moves by less
    than half of the spacing is rounded back to where it was. A product of adapters is no sum of rates, so nothing is
    said of it.
    """
    return config.method == "full" and updates > 0 and farthest_move(config, updates) < spacing(TYPICAL_WEIGHT) / 2
