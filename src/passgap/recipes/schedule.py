"""How many updates a fine-tune takes, and of how many examples each: one definition for plan, progress and trainer.

An epoch goes through every example once, in updates of exactly ``batch_size`` examples; what is left over at its end is
an update of its own, whose loss is the mean over its own tokens. A number of epochs that is not whole ends after that
share of the last epoch's updates, rounded up to a whole update.
"""

from __future__ import annotations

import math
from fractions import Fraction

from passgap.records import TrainConfig


def updates_of(examples: int, config: TrainConfig) -> int:
    """Updates of the weights over all epochs; none where there are no examples."""
    return math.ceil(_epochs(config) * updates_per_epoch(examples, config))


def updates_per_epoch(examples: int, config: TrainConfig) -> int:
    """Updates of one epoch; the last one has what is left over."""
    return -(-examples // config.batch_size)


def examples_seen(examples: int, config: TrainConfig) -> int:
    """Examples that the updates of all epochs go through, each counted as often as it is seen."""
    per_epoch = updates_per_epoch(examples, config)
    if not per_epoch:
        return 0
    whole, rest = divmod(updates_of(examples, config), per_epoch)
    return whole * examples + min(rest * config.batch_size, examples)


def examples_at_once(config: TrainConfig) -> int:
    """How many examples a device computes at once: the largest divisor of the batch within ``micro_batch_size``.

    Only a divisor makes every update one of exactly ``batch_size`` examples.
    """
    most = min(config.micro_batch_size, config.batch_size)
    return next(size for size in range(most, 0, -1) if config.batch_size % size == 0)


def _epochs(config: TrainConfig) -> Fraction:
    """The declared number as it is written: 1.1 epochs of 10 updates are 11, and not 12 by a rounding error."""
    return Fraction(str(config.epochs))
