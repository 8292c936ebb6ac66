"""Pairs of a better and a worse answer, and the losses that are taken on them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from passgap.records.base import Record
from passgap.records.training import TrainExample


class PreferencePair(Record):
    """Two answers to one prompt: the model is to prefer ``chosen``."""

    chosen: TrainExample
    rejected: TrainExample

    @model_validator(mode="after")
    def _one_prompt(self) -> PreferencePair:
        if (self.chosen.earlier, self.chosen.prompt) != (self.rejected.earlier, self.rejected.prompt):
            raise ValueError("the two answers of a pair are to one prompt")
        return self


class PreferenceLoss(Record):
    """The loss that is taken on a pair.

    ``dpo`` is Eq. 7 of arXiv 2305.18290, ``-log sigmoid(beta * margin)``, where the margin is the log-ratio of policy
    and reference of the chosen answer less that of the rejected one. ``ipo`` is Eq. 17 of arXiv 2310.12036,
    ``(margin - 1 / (2 * beta))^2``, with ``beta`` for the paper's tau and the log-ratios per token.
    """

    kind: Literal["dpo", "ipo"]
    beta: float = Field(gt=0.0, allow_inf_nan=False)
    sft_weight: float = Field(default=0.0, ge=0.0, allow_inf_nan=False)
    """The weight of a second term: the cross-entropy of the chosen answer, in nats per token."""
