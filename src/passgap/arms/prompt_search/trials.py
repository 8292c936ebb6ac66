"""Metric calls: one sample of a development problem with an instruction, and one run of what it holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from passgap.arms.demonstrations.room import Room
from passgap.arms.prompt_search.instructions import Place, with_instruction
from passgap.arms.prompt_search.records import SearchRecords
from passgap.errors import ExecutionError
from passgap.ports import Executor, Sampler, SampleRequest
from passgap.records import Decoding, ExecutionJob, Problem, Prompt, Record, Sample, SampleText, sample_seed
from passgap.stages.evaluation import program_of
from passgap.tasks import execution_job


class Trial(Record):
    """The outcome of one metric call."""

    kind: Literal["trial"] = "trial"
    instruction: str
    problem: str
    passed: bool | None
    """None where the sandbox could not score it: it counts for no instruction."""
    outcome: str
    reason: str
    completion: str
    prompt_tokens: int
    tokens: int

    @property
    def score(self) -> float:
        """1 for a sample that passes, else 0."""
        return float(bool(self.passed))


@dataclass(frozen=True, kw_only=True)
class Trials:
    """Makes metric calls.

    Args:
        sampler: the base model.
        executor: the sandbox.
        prompts: how each development problem is asked, by its id.
        decoding: production decoding.
        place: where instructions stand.
        room: of the model's context.
        seed: the root of the samples' seeds, which are the same for every instruction.
        records: what was done before, and is done now.
        advance: called with the number of finished calls.
    """

    sampler: Sampler
    executor: Executor
    prompts: Mapping[str, Prompt]
    decoding: Decoding
    place: Place
    room: Room
    seed: int
    records: SearchRecords
    advance: Callable[[int], None]

    def fits(self, instruction: str) -> bool:
        """Whether every development problem can be asked with an instruction."""
        changed = (with_instruction(prompt, instruction, self.place) for prompt in self.prompts.values())
        return all(self.room.holds(prompt) for prompt in changed)

    def measure(self, instruction: str, problems: Sequence[Problem]) -> list[Trial]:
        """Try an instruction on problems, one call for each; what is recorded is not drawn or run again.

        Raises:
            EngineError, ExecutionError: the model or the sandbox failed; what was finished is kept.
        """
        keys = [self.records.key("trial", instruction, problem.id) for problem in problems]
        missing = [
            (problem, key, number)
            for problem, (key, number) in zip(problems, keys, strict=True)
            if self.records.recall(key) is None
        ]
        if missing:
            self._try(instruction, missing)
        self.advance(len(problems))
        known = (self.records.recall(key) for key, _ in keys)
        return [Trial.model_validate(each) for each in known]

    def _try(self, instruction: str, calls: Sequence[tuple[Problem, str, int]]) -> None:
        prompts = {
            problem.id: with_instruction(self.prompts[problem.id], instruction, self.place) for problem, _, _ in calls
        }
        requests = [
            SampleRequest(
                problem_id=problem.id,
                prompt=prompts[problem.id],
                indices=(number,),
                seeds=(sample_seed(self.seed, problem.id, number),),
            )
            for problem, _, number in calls
        ]
        drawn = {(each.problem_id, each.index): each for each in self.sampler.sample(requests, self.decoding)}
        jobs = [
            _job(key, problem, drawn[problem.id, number].text, prompts[problem.id]) for problem, key, number in calls
        ]
        outcomes = {result.key: result.outcome for result in self.executor.run(jobs)}
        for problem, key, number in calls:
            if key not in outcomes:
                raise ExecutionError("the sandbox gave no outcome", [f"{problem.id}: run again."])
            sample, outcome = drawn[problem.id, number], outcomes[key]
            self.records.keep(key, _trial(instruction, sample, outcome.passed, outcome.kind.value, outcome.reason))


def _job(key: str, problem: Problem, sample: SampleText, prompt: Prompt) -> ExecutionJob:
    return execution_job(key, problem, program_of(sample, problem, prompt))


def _trial(instruction: str, sample: Sample, passed: bool | None, outcome: str, reason: str) -> dict[str, object]:
    return Trial(
        instruction=instruction,
        problem=sample.problem_id,
        passed=passed,
        outcome=outcome,
        reason=reason,
        completion=sample.completion,
        prompt_tokens=sample.prompt_tokens,
        tokens=sample.completion_tokens,
    ).model_dump(mode="json")
