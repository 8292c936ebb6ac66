"""A model that judges the answers of other models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from passgap.ports.progress import Progress
from passgap.ports.samplers import EngineIdentity
from passgap.records.judgements import GivenAnswer, JudgedAnswer


class Judge(Protocol):
    """Says of answers whether they refuse or comply."""

    @property
    def identity(self) -> EngineIdentity:
        """Everything about the judge that can change a judgement, with what its server reports.

        Raises:
            EngineError: the server does not answer, or does not have the model.
        """

    def judge(self, answers: Sequence[GivenAnswer], *, progress: Progress | None = None) -> list[JudgedAnswer]:
        """Judge every answer, in order; one that the judge says nothing usable of is ``unknown``, with the reason.

        Raises:
            EngineError: the server gives no answers, refuses the key, or is another than before.
        """

    def close(self) -> None:
        """Give up what is in flight and close the connections."""
