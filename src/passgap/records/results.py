"""The line of a results file."""

from __future__ import annotations

from typing import Literal, Self

from passgap.records.base import Record
from passgap.records.execution import Outcome, OutcomeKind
from passgap.records.problems import DEFAULT_LANGUAGE, UNSPECIFIED
from passgap.records.samples import SampleKey


class Result(Record):
    """One line of a results file: the outcome of one sample of one problem."""

    task_id: str
    sample: int
    passed: bool | None
    outcome: OutcomeKind
    reason: str = ""
    difficulty: str = UNSPECIFIED
    seconds: float = 0.0
    protocol: Literal["outside", "inside"] | None = None
    cases: str | None = None
    behaviour: str | None = None
    extraction: str | None = None
    """The rule by which the program was extracted from the completion; None if there was no completion, or if it is not
    known."""
    language: str = DEFAULT_LANGUAGE
    """The language of the program; written only where it is another than the default."""

    @property
    def key(self) -> SampleKey:
        """The identity of the sample."""
        return SampleKey(self.task_id, self.sample)

    @classmethod
    def of(
        cls,
        task_id: str,
        sample: int,
        outcome: Outcome,
        difficulty: str,
        *,
        extraction: str | None = None,
        language: str = DEFAULT_LANGUAGE,
    ) -> Self:
        """Return the line for a sample's outcome."""
        return cls(
            task_id=task_id,
            sample=sample,
            passed=outcome.passed,
            outcome=outcome.kind,
            reason=outcome.reason,
            difficulty=difficulty,
            seconds=outcome.seconds,
            protocol=outcome.protocol,
            cases=outcome.cases,
            behaviour=outcome.behaviour,
            extraction=extraction,
            language=language,
        )

    @property
    def line(self) -> str:
        """The JSON of the result, on one line."""
        usual = {"language"} if self.language == DEFAULT_LANGUAGE else None
        return self.model_dump_json(exclude=usual)
