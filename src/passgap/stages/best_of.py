"""The best of several samples by the model's own likelihood: the cheapest choice that takes no verifier.

Samples are compared by their mean log-probability per token. Of code, the mean chooses better than chance and the sum
does not (Chen et al. 2021, arXiv 2107.03374, section 3.3).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from passgap.errors import EngineError
from passgap.records import Result, Sample, SampleKey, SampleText
from passgap.stages.evaluation import Evaluation
from passgap.store import SamplesArtifact


def likeliest(samples: Sequence[Sample], group: int) -> dict[SampleKey, int]:
    """The likeliest sample of each group, with the number of the group among those of its problem.

    Args:
        samples: of any number of problems.
        group: how many of them are one call, in the order of their index.

    Raises:
        EngineError: the engine did not keep the log-probabilities.
    """
    calls: dict[tuple[str, int], list[tuple[float, int]]] = {}
    for each in samples:
        if each.logprobs is None:
            raise EngineError(
                "the likeliest of several samples cannot be told",
                ["The engine kept no log-probabilities. Set `engine.keep_logprobs: true`."],
            )
        mean = sum(each.logprobs) / len(each.logprobs) if each.logprobs else 0.0
        calls.setdefault((each.problem_id, each.index // group), []).append((-mean, each.index))
    return {SampleKey(problem, min(drawn)[1]): call for (problem, call), drawn in calls.items()}


def chosen_texts(artifact: SamplesArtifact, group: int) -> Mapping[str, tuple[SampleText, ...]]:
    """The likeliest sample of each group of an artifact, by problem, with the group's number as its index."""
    chosen = likeliest(list(artifact.samples()), group)
    return {
        problem: tuple(replace(each, index=chosen[each.key]) for each in samples if each.key in chosen)
        for problem, samples in artifact.by_problem.items()
    }


@dataclass(frozen=True)
class BestOf(Evaluation):
    """Samples of which the likeliest of each group counts. The cost is that of all of them."""

    group: int = 1

    @cached_property
    def _chosen(self) -> Mapping[SampleKey, int]:
        return likeliest([sample for part in self.samples for sample in part.samples()], self.group)

    @cached_property
    def outcomes(self) -> tuple[Result, ...]:
        """The outcome of each group's likeliest sample, with the group's number as its index."""
        every = (result for part in self.results for result in part.results())
        return tuple(
            each.model_copy(update={"sample": self._chosen[each.key]}) for each in every if each.key in self._chosen
        )

    @cached_property
    def by_problem(self) -> Mapping[str, tuple[SampleText, ...]]:
        """The likeliest sample of each group, by problem."""
        return {name: drawn for part in self.samples for name, drawn in chosen_texts(part, self.group).items()}
