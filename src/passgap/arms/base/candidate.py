"""The candidate that an arm yields: a way to answer that is compared with every other one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from passgap.records import Decoding, DosePoint, Prompt, Record
from passgap.records.yields import YieldOf

if TYPE_CHECKING:  # a study is checked with its arms, and needs nothing of what it takes to carry them out
    from passgap.decisions import DecodingChoice
    from passgap.estimates import Counts
    from passgap.ports import ModelReference
    from passgap.stages import StageCost
    from passgap.stages.evaluation import Evaluation


class TrainingCounts(Record):
    """The counts of a fine-tune."""

    noun: ClassVar[str] = "examples"
    """The word for what is trained on."""
    loss_unit: ClassVar[str] = "nats per token"

    trained: int
    """Examples."""
    steps: int
    tokens: int
    """On which a loss was taken, over all epochs."""
    losses: tuple[tuple[int, float], ...]
    """(step, mean loss in ``loss_unit``)."""
    dose: tuple[DosePoint, ...] = ()
    """The loss on own samples that were held back, in the course of the fine-tune."""
    held_back_examples: int = 0
    processes: int = 1
    """That shared the fine-tune."""
    peak_memory_bytes: int | None = None
    """The most main memory that they held; None where it was not measured."""
    peak_device_bytes: int | None = None
    """The most GPU memory that they reserved; None without a GPU."""


@dataclass(frozen=True)
class PromptChange:
    """How a candidate's prompts differ from the base model's."""

    caption: str
    apply: Callable[[Prompt], Prompt]


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """The result of an arm: a way to answer that is evaluated, probed and compared like every other one."""

    arm: str
    model: ModelReference
    decoding: Decoding
    """At which it is evaluated, and would serve."""
    prompt_change: PromptChange | None = None
    """None where it is asked as the base model is."""
    compared_on: frozenset[str] | None = None
    """The held-out problems that it may be compared on; None for all. A setting that was chosen on problems is compared
    on others."""
    costs: tuple[StageCost, ...] = ()
    """Of making it, less its evaluation and its answers to the probes."""
    facts: tuple[tuple[str, str], ...] = ()
    """Facts for the report on how it was made, each with its label."""
    registration: str | None = None
    """The hash of the ledger entry that it was made under; None where nothing is registered."""
    training: TrainingCounts | None = None
    """The counts of its fine-tune, for ``passgap train --json``."""
    yielded: Mapping[YieldOf, float] = field(default_factory=dict)
    """Its yield, to be set against what was forecast (:meth:`Arm.forecast`)."""
    choice: DecodingChoice | None = None
    """How its decoding was chosen; None for production decoding."""
    evaluation: Evaluation | None = None
    """Its held-out samples, where the arm had to draw them to make it; None lets the study draw them."""
    counts: Counts | None = None
    """The counts to compare, where they are not simply those of ``evaluation``."""
    samples_per_call: int = 1
    """Completions that are drawn for one answer, as where the best of several is chosen."""

    @property
    def checkpoint(self) -> Path:
        """The folder of its model.

        Raises:
            AttributeError: its model is on a server.
        """
        folder: Path = self.model.folder  # type: ignore[union-attr]
        return folder

    def level(self, declared: float) -> float:
        """The level at which an interval on it is computed, to hold the declared one."""
        return declared if self.choice is None else self.choice.method.level(declared)
