"""The interface of a diagnostic that predicts, and what it may read."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from passgap.estimates import Counts, EstimateTable, ModeCorrectness
from passgap.estimates.association import ScoredProblem
from passgap.predictors._prediction import Direction, Learner, Prediction
from passgap.records import Estimate, Insufficient, Likelihood, Measured, Result, SampleKey


@dataclass(frozen=True)
class Known:
    """Measurements of the base model before any arm."""

    counts: Counts
    results: tuple[Result, ...]
    table: EstimateTable
    modes: ModeCorrectness | None
    ks: tuple[int, ...]
    level: float
    gap_threshold: float
    """The least gap on which self-distillation is worth running, a fraction of 1."""
    deciding_k: int | None = None
    decode_lift: Measured | None = None
    likelihoods: Mapping[SampleKey, Likelihood] | None = None
    """Of the samples of contested problems among :attr:`scored_problems`; None where none were measured."""
    scored_problems: frozenset[str] = frozenset()
    """The problems that the likelihoods stand for: those without any have only passes, or none."""
    why_unmeasured: str = "likelihoods were not measured"
    """Why there are no likelihoods."""
    programs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Digests of the normal forms of right programs, by problem."""

    def scored(self, per_token: bool) -> list[ScoredProblem] | Insufficient:
        """Correctness and log-probability of each problem's samples; insufficient where they were not measured."""
        if self.likelihoods is None:
            return Insufficient(insufficient=self.why_unmeasured, n=0, m=0)
        rows: dict[str, tuple[list[bool], list[float]]] = {name: ([], []) for name in sorted(self.scored_problems)}
        for result in self.results:
            if result.passed is None or result.task_id not in rows:
                continue
            found = self.likelihoods.get(result.key)
            passed, scores = rows[result.task_id]
            passed.append(result.passed)
            # Without contest the score has no influence, and was not measured.
            scores.append(0.0 if found is None else found.per_token if per_token else found.logprob)
        return list(rows.values())


class Predictor(ABC):
    """One diagnostic."""

    name: ClassVar[str]
    """Lower case letters, digits and dashes."""
    caption: ClassVar[str]
    """The name of its quantity in tables."""
    source: ClassVar[str]
    """The paper, equation or measurement that it rests on."""
    position: ClassVar[float] = 100.0
    read_by_verdict: ClassVar[bool] = False
    """Whether the verdict reads what it measures in its own right, so that its prediction is not heard there again."""

    @abstractmethod
    def measure(self, known: Known) -> Measured:
        """The diagnostic on the base model, with its interval."""

    @abstractmethod
    def predict(self, measured: Measured, learner: Learner, known: Known) -> Prediction | None:
        """Its prediction for an arm; None where it has nothing to say of such an arm."""

    def _says(
        self, measured: Measured, direction: Direction | None, because: str, size: Estimate | None = None
    ) -> Prediction:
        return Prediction(predictor=self.name, measured=measured, direction=direction, size=size, because=because)

    def _unmeasured(self, measured: Insufficient) -> Prediction:
        return self._says(measured, None, f"not measured: {measured.insufficient}")


def side_of(measured: Estimate, middle: float = 0.0) -> Direction | None:
    """The side of a value that a whole interval lies on; None where it reaches across."""
    if measured.low > middle:
        return Direction.UP
    return Direction.DOWN if measured.high < middle else None


def predictions_for(predictors: Mapping[str, Predictor], known: Known, learner: Learner) -> tuple[Prediction, ...]:
    """The prediction of every diagnostic for an arm, in their order."""
    said = (each.predict(each.measure(known), learner, known) for each in predictors.values())
    return tuple(each for each in said if each is not None)
