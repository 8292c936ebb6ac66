"""How many updates a fine-tune takes, and of which examples each: one definition for plan, progress and trainer.

An epoch goes through every example once, in updates of exactly ``batch_size`` examples; what is left over at its end is
an update of its own, whose loss is the mean over its own tokens. A number of epochs that is not whole ends after that
share of the last epoch's updates, rounded up to a whole update.
"""

from __future__ import annotations

import math
import random
from collections.abc import Hashable, Sequence
from fractions import Fraction

from passgap.records import TrainConfig, sample_seed


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


def kept_after(updates: int, config: TrainConfig) -> dict[float, int]:
    """The declared shares after which the model is kept, with the number of updates that each stands for.

    A share is rounded up to a whole update. Where two give the same number, the first counts; the last update's model
    is the result of the fine-tune and not kept beside it.
    """
    steps = {share: math.ceil(Fraction(str(share)) * updates) for share in sorted(set(config.checkpoints))}
    firsts = {step: share for share, step in reversed(steps.items())}
    return {share: step for step, share in sorted(firsts.items()) if step < updates}


def examples_at_once(config: TrainConfig, processes: int = 1) -> int:
    """How many examples a device computes at once: the largest divisor of its share within ``micro_batch_size``.

    Only a divisor makes every update one of exactly ``batch_size`` examples.

    Args:
        config: the fine-tune's.
        processes: how many devices share an update; a divisor of the batch.
    """
    share = config.batch_size // processes
    most = min(config.micro_batch_size, share)
    return next(size for size in range(most, 0, -1) if share % size == 0)


def planned_updates(prompts: Sequence[Hashable], config: TrainConfig, seed: int) -> list[list[int]]:
    """The examples of every update by their positions, shuffled anew for each epoch.

    Single examples are shuffled, or, with ``order: prompts``, prompts with all of their examples: those are then in the
    same update, or in two that follow each other, and the prompt can be computed once for several of them.

    Args:
        prompts: the prompt of each example, or whatever is the same for examples of one prompt.
        config: the fine-tune's.
        seed: of the shuffles, with the epoch's number.
    """
    total, size = updates_of(len(prompts), config), config.batch_size
    updates: list[list[int]] = []
    epoch = 0
    while len(updates) < total:
        order = _shuffled(prompts, config, random.Random(sample_seed(seed, "epoch", epoch)))  # noqa: S311
        updates += [order[start : start + size] for start in range(0, len(order), size)]
        epoch += 1
    return updates[:total]


def _shuffled(prompts: Sequence[Hashable], config: TrainConfig, chance: random.Random) -> list[int]:
    if config.order == "examples":
        positions = list(range(len(prompts)))
        chance.shuffle(positions)
        return positions
    groups: dict[Hashable, list[int]] = {}
    for position, prompt in enumerate(prompts):
        groups.setdefault(prompt, []).append(position)
    together = list(groups.values())
    chance.shuffle(together)
    return [position for group in together for position in group]


def _epochs(config: TrainConfig) -> Fraction:
    """The declared number as it is written: 1.1 epochs of 10 updates are 11, and not 12 by a rounding error."""
    return Fraction(str(config.epochs))
