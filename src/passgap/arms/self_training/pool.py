"""The base model's samples of the pool, and which of them are trained on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from pydantic import JsonValue

from passgap.arms.base import Lab
from passgap.arms.self_training.selection import POOL, Selection
from passgap.recipes import Recipe, earlier_example, ends_of, training_example
from passgap.records import Problem, Prompt, Result, Sample, TrainExample
from passgap.stages import SamplingPlan, sample
from passgap.stages.evaluation import program_of
from passgap.store import ResultsArtifact, SamplesArtifact
from passgap.tasks import kind_of


@dataclass(frozen=True)
class PoolSamples:
    """All samples of the pool under one recipe."""

    artifact: SamplesArtifact
    problems: Mapping[str, Problem]
    prompts: Mapping[str, Prompt]

    @cached_property
    def samples(self) -> Sequence[Sample]:
        """Every sample, in the order in which positions count."""
        return list(self.artifact.samples())

    @cached_property
    def by_problem(self) -> Mapping[str, tuple[int, ...]]:
        """The positions of each problem's samples, in the order of the samples."""
        grouped: dict[str, list[int]] = {}
        for position, each in enumerate(self.samples):
            grouped.setdefault(each.problem_id, []).append(position)
        return {name: tuple(positions) for name, positions in grouped.items()}

    @cached_property
    def programs(self) -> Sequence[str]:
        """The program of each sample, empty where it holds none."""
        return [
            program_of(each, self.problems[each.problem_id], self.prompts[each.problem_id]).program
            for each in self.samples
        ]

    @cached_property
    def languages(self) -> Sequence[str]:
        """The language that each sample's problem is to be solved in."""
        return [self.problems[each.problem_id].language for each in self.samples]

    def shares_of(self, results: ResultsArtifact) -> tuple[float | None, ...]:
        """The share of passed cases of each sample by position, from results of the pool; None where it is not known.

        Where the cases were not told apart, it is 1 for a sample that passed, and 0 for one that did not.
        """
        found = {result.key: result for result in results.results()}
        return tuple(map(_share, (found.get(each.key) for each in self.samples)))

    def examples(self, selection: Selection) -> list[TrainExample]:
        """The selected samples as examples to train on."""
        kept = (self.samples[position] for position in selection.kept)
        return [training_example(self.prompts[each.problem_id], self._target(each)) for each in kept]

    def _target(self, sample: Sample) -> Sample:
        """The sample with the completion that is learned from, as the kind of its problem has it."""
        problem = self.problems[sample.problem_id]
        return kind_of(problem).training_target(problem, sample)

    def earlier_examples(self, selection: Selection) -> list[TrainExample]:
        """The examples that a fine-tune on samples without tokens was bound to; none where all have theirs."""
        if all(each.tokens is not None for each in self.samples):
            return []
        kept = (self.samples[position] for position in selection.kept)
        return [earlier_example(self.prompts[each.problem_id], each) for each in kept]

    def counts(self, selection: Selection) -> dict[str, JsonValue]:
        """The fields on the selection in the manifest of a fine-tune."""
        ends = ends_of(self.samples[position] for position in selection.kept)
        return {
            **{f"dropped_{reason}": count for reason, count in selection.dropped.items()},
            "ends": ends.model_dump(),
            "problems": len({self.samples[position].problem_id for position in selection.kept}),
            "pool_problems": len(self.problems),
        }


def _share(result: Result | None) -> float | None:
    if result is None or result.passed is None:
        return None
    if not result.cases:
        return float(result.passed)
    return result.cases.count("P") / len(result.cases)


def sample_pool(lab: Lab, recipe: Recipe) -> PoolSamples:
    """Sample the base model on the pool, as registered; what is on disk is not drawn again."""
    assert recipe.sampling is not None and recipe.samples_per_prompt is not None
    problems = lab.splits.pool.problems
    prompts = lab.splits.prompts(problems, chat=lab.spec.model.chat)
    plan = SamplingPlan(
        name=POOL,
        prompts=prompts,
        decoding=recipe.sampling,
        per_prompt=recipe.samples_per_prompt,
        seed=lab.seed,
    )
    with lab.sampler(lab.base_model()) as sampler:
        drawn = sample(plan, sampler, lab.stage)
    return PoolSamples(drawn, {problem.id: problem for problem in problems}, dict(prompts))
