"""Jobs that learn from pairs of a better and a worse answer, and the pass of the reference model that goes before."""

from __future__ import annotations

from typing import ClassVar, Literal

from passgap.ports.trainers import FineTuneJob, TrainResult
from passgap.records import PreferenceLoss, PreferencePair, Record


class LogProbs(Record):
    """The summed log-probabilities of the two answers of a pair, in nats."""

    chosen: float
    rejected: float


class ReferenceJob(FineTuneJob):
    """The base model's log-probabilities of the answers of pairs, computed as the fine-tune computes its own."""

    trains: ClassVar[bool] = False

    kind: Literal["reference"] = "reference"
    pairs: tuple[PreferencePair, ...]


class PreferenceJob(FineTuneJob):
    """A fine-tune on pairs, relative to the base model."""

    kind: Literal["preference"] = "preference"
    pairs: tuple[PreferencePair, ...]
    loss: PreferenceLoss
    reference: tuple[LogProbs | None, ...]
    """The log-probabilities of each pair that :class:`ReferenceJob` gave under the same base and ``max_length``."""


class ReferenceResult(TrainResult):
    """The result of a reference pass: nothing is trained, and there is no checkpoint."""

    log_probs: tuple[LogProbs | None, ...]
    """For each pair; None for one that exceeds ``max_length`` or has an empty answer."""


class PairMeasurement(Record):
    """Pairs under a model. Log-probabilities are means in nats per token, over all tokens of these answers."""

    chosen: float
    rejected: float
    margin: float
    """The mean of the log-ratio of model and reference of the chosen answer less that of the rejected one, in nats."""
    accuracy: float
    """The share of pairs whose margin is above 0."""


class PairPoint(Record):
    """The pairs of the updates up to one step, under the model that they updated."""

    step: int
    chosen: float
    """The change of the chosen answers' log-probabilities from the reference, in nats per answer."""
    rejected: float
    margin: float
    accuracy: float


class PreferenceResult(TrainResult):
    """The result of a fine-tune on pairs."""

    chosen_tokens: int
    """Tokens of the chosen answers of one pass."""
    rejected_tokens: int
    dropped_empty: int = 0
    """Pairs with an answer without any token."""
    measured_pairs: int
    """Pairs that ``before`` and ``after`` were measured on."""
    before: PairMeasurement
    after: PairMeasurement
    curve: tuple[PairPoint, ...] = ()
