"""The interface of a verifier."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from pydantic import JsonValue

from passgap.arms.base import DeclaredStudy, Lab, Work
from passgap.spec.draft import DraftSections
from passgap.spec.fine_tuning import SamplingSection

if TYPE_CHECKING:
    from passgap.arms.self_training.pool import PoolSamples
    from passgap.stages import StageCost


@dataclass(frozen=True)
class Scores:
    """A verifier's score of every sample of the pool."""

    values: tuple[float | None, ...]
    """From 0 to 1 by position; a higher one speaks for the sample. None where it could not be checked: such a sample is
    neither accepted nor counted as rejected."""
    costs: tuple[StageCost, ...] = ()
    """Of checking them."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """Of the tools that checked them, which need not be those that are installed when a finished study is read."""


class Verifier(ABC):
    """A check that gives each of the model's own samples a score between 0 and 1.

    A sample is accepted where its score reaches a threshold, which is declared or calibrated on labels. A verifier
    never reads a label: the hidden part of a problem's tests audits what was accepted.
    """

    name: ClassVar[str]
    """In ``study.yaml``, in artifacts and in reports: lower case letters, digits and dashes."""
    caption: ClassVar[str]
    """In reports and messages."""
    position: ClassVar[float] = 100.0
    """The order in which verifiers are listed."""
    source: ClassVar[str]
    """The evidence that the score rests on, in reports: "the pool's tests"."""
    rule: ClassVar[str]
    """The score in words, as it is registered."""

    def refusals(self, sampling: SamplingSection, study: DraftSections, at: str) -> Iterator[str]:
        """Yield each reason for which a study that names this verifier is refused. Nothing is loaded for it.

        Args:
            sampling: how the pool is sampled.
            study: as far as it could be read.
            at: the path of the setting that names it.
        """
        yield from ()

    def lacks(self, study: DeclaredStudy, at: str) -> Iterator[str]:
        """Yield what the pool's problems, or the libraries that are installed here, lack for this verifier."""
        yield from ()

    def settings(self) -> dict[str, JsonValue]:
        """The numbers that the score depends on, as they are registered."""
        return {}

    def versions(self) -> dict[str, str]:
        """The versions of the tools that the score depends on, as they are registered. Nothing is imported for it."""
        return {}

    def work(self, sampling: Work) -> tuple[Work, ...]:
        """Return the work that checking the pool takes, for the plan and the budget.

        Args:
            sampling: the work of sampling the pool.
        """
        return ()

    @abstractmethod
    def verify(self, pool: PoolSamples, lab: Lab) -> Scores:
        """Score every sample; what is on disk is not checked again.

        Raises:
            ExecutionError, StoreError: a step failed; finished shards are kept.
        """
