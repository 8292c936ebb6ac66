"""Whether a model computes examples side by side in one sequence as it computes them one by one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from passgap.trainers.supervised.completion_trainer import attention_of, tensors_of
from passgap.trainers.supervised.packing import Example, Pack, pack

_PROMPT, _TARGET = 48, 16
"""Tokens of each that the check takes."""

_TOLERANCE = 1e-3
"""Of the logits, relative to the largest."""


def side_by_side_agrees(model: Any, examples: Sequence[Example]) -> bool:
    """Compare the logits of some examples side by side with those of each alone: two of one prompt, and another's.

    An attention mask of one's own and positions that start again are understood by most architectures, and not by those
    with recurrent or convolutional layers, nor by kernels that take no mask. So it is measured.

    Args:
        model: in float32, as it was loaded.
        examples: those to be trained on.
    """
    first, last = _short(examples[0]), _short(examples[-1])
    other = Example(prompt=first.prompt, target=last.target[::-1])
    three = [first, other, Example(prompt=last.prompt[::-1], target=last.target)]
    was_training = model.training
    model.eval()
    try:
        with torch.no_grad():
            alone = torch.cat([_logits(model, pack([each])) for each in three])
            together = _logits(model, pack(three))
    except (TypeError, ValueError, RuntimeError, IndexError):  # of an architecture that does not take such arguments
        return False
    finally:
        model.train(was_training)
    if len({each.prompt for each in three}) == 1:
        return False
    return bool((alone - together).abs().max() <= _TOLERANCE * alone.abs().max())


def _short(example: Example) -> Example:
    return Example(prompt=example.prompt[-_PROMPT:], target=example.target[:_TARGET])


def _logits(model: Any, each: Pack) -> Any:
    given = tensors_of(each, attention_of(model), next(model.parameters()).device)
    places = given.pop("places")
    del given["targets"]
    return model(**given, use_cache=False).logits[0, places]
