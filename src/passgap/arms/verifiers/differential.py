"""Differential: the share of inputs on which a sample behaves like the problem's reference solution.

The inputs are those of the problem's tests, and mutations of them where the arguments' types have a rule; an input
counts where the reference gives a value, and twice the same. Both programs run in the sandbox, one input a process.
Their values are compared outside of it, by a digest: exactly, so that a float that was rounded otherwise, and a
dictionary in another order, is another value; of an object without a literal form, only the type is seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from pydantic import JsonValue, TypeAdapter

from passgap.arms.base import DeclaredStudy, Lab, Work
from passgap.arms.self_training.selection import POOL
from passgap.arms.verifiers._reference_inputs import (
    CANDIDATES,
    INPUTS,
    ReferenceInput,
    candidates_of,
    reference_inputs,
)
from passgap.arms.verifiers.base import Scores, Verifier
from passgap.languages import DEFAULT_LANGUAGE
from passgap.records import ExecutionJob, Limits, Outcome, OutcomeKind, Result, SampleText, digest_of

if TYPE_CHECKING:
    from passgap.arms.self_training.pool import PoolSamples
    from passgap.ports import Executor, Progress
    from passgap.stages.verification import Check
    from passgap.store import ResultsArtifact

REFERENCES = "references.json"
"""The file of the inputs that were found, with the references' answers."""
ENDED = (OutcomeKind.TIMEOUT, OutcomeKind.OUT_OF_MEMORY)
"""Outcomes after which a sample is not run on further inputs, which count as other behaviour."""


class Differential(Verifier):
    """Compares a sample with the reference solution, input by input."""

    name = "differential"
    caption = "agreement with the reference"
    position = 30.0
    source = "the pool's reference solutions"
    rule = (
        f"the share of up to {INPUTS} inputs, of the problem's tests and mutated ones, on which the sample gives the "
        f"value that the reference solution gives"
    )

    def lacks(self, study: DeclaredStudy, at: str) -> Iterator[str]:
        """Without references there is nothing to compare with."""
        problems = study.splits.pool.problems
        if problems and not any(map(candidates_of, problems)):
            yield (
                f"{at}: `{self.name}` compares samples with a reference solution on inputs of the tests, and none of "
                f"the pool's {len(problems)} problems has both. Name a pool with references, or another verifier."
            )
        others = sorted({each.language for each in problems} - {DEFAULT_LANGUAGE})
        if others:
            yield f"{at}: `{self.name}` reads Python, and the pool has problems in {', '.join(others)}."

    def settings(self) -> dict[str, JsonValue]:
        """The numbers of inputs."""
        return {"inputs": INPUTS, "candidates": CANDIDATES}

    def work(self, sampling: Work) -> tuple[Work, ...]:
        """Every sample is run on each input."""
        return (
            replace(
                sampling,
                results=f"{POOL}-{self.name}",
                run=True,
                runs=INPUTS,
                draw=False,
                title="verify the pool",
            ),
        )

    def verify(self, pool: PoolSamples, lab: Lab) -> Scores:
        """Run references and samples on the inputs."""
        from passgap.stages import cost_of  # noqa: PLC0415 - a study is checked without these
        from passgap.stages.scoring import counted_by  # noqa: PLC0415
        from passgap.stages.verification import VerificationPlan, verify  # noqa: PLC0415

        plan = VerificationPlan(
            name=f"{POOL}-{self.name}",
            inputs={
                "problems": digest_of(sorted(each.digest for each in pool.problems.values())),
                **counted_by(pool.problems.values()),
                **self.settings(),
            },
        )
        ran = verify(plan, pool.artifact, partial(_comparing, pool, lab), lab.stage)
        return Scores(pool.shares_of(ran), (cost_of(ran),))


VERIFIER = Differential()


@contextmanager
def _comparing(pool: PoolSamples, lab: Lab, made: ResultsArtifact, tick: Callable[[], None]) -> Iterator[Check]:
    """Open the sandbox, and find the inputs; those that an earlier run found are read."""
    from passgap.store import read_json, write_json  # noqa: PLC0415 - a study is checked without it

    programs = dict(zip((each.key for each in pool.samples), pool.programs, strict=True))
    with lab.executor() as executor:
        kept = made.path(REFERENCES)
        if kept.exists():
            read = TypeAdapter(dict[str, tuple[ReferenceInput, ...]]).validate_python(read_json(kept))
            inputs: Mapping[str, Sequence[ReferenceInput]] = read
        else:
            found_inputs = reference_inputs(tuple(pool.problems.values()), executor, lambda _: tick())
            dumped = {name: [each.model_dump(mode="json") for each in row] for name, row in found_inputs.items()}
            write_json(kept, dumped)
            inputs = found_inputs

        def check(samples: Sequence[SampleText], progress: Progress) -> Iterator[Result]:
            asked = [(pool.problems[each.problem_id], programs[each.key]) for each in samples]
            found = compare(list(dict.fromkeys((problem.id, program) for problem, program in asked)), inputs, executor)
            for sample, (problem, program) in zip(samples, asked, strict=True):
                yield Result.of(
                    sample.problem_id,
                    sample.index,
                    found[problem.id, program],
                    problem.difficulty,
                    language=problem.language,
                )
            progress(len(samples))

        yield check


def compare(
    programs: Sequence[tuple[str, str]],
    inputs: Mapping[str, Sequence[ReferenceInput]],
    executor: Executor,
    *,
    limits: Limits = Limits(),  # noqa: B008 - frozen
) -> dict[tuple[str, str], Outcome]:
    """Run programs on the inputs of their problems, and compare what each gives with what the reference gave.

    Args:
        programs: distinct pairs of a problem's id and a program.
        inputs: of each problem, with the reference's answers.
        executor: the sandbox.
        limits: of each run.

    Returns:
        the outcome of each program, with one case for each input.
    """
    cases: dict[tuple[str, str], str] = {each: "" for each in programs if inputs[each[0]] and each[1].strip()}
    seconds = dict.fromkeys(cases, 0.0)
    failed: dict[tuple[str, str], str] = {}
    running = list(cases)
    for turn in range(INPUTS):
        running = [each for each in running if each not in failed and len(inputs[each[0]]) > turn]
        jobs = [
            ExecutionJob(key=str(number), program=program, tests=inputs[problem][turn].tests, limits=limits)
            for number, (problem, program) in enumerate(running)
        ]
        ended = set()
        for result in executor.run(jobs):
            each, outcome = running[int(result.key)], result.outcome
            seconds[each] += outcome.seconds
            if outcome.passed is None:
                failed[each] = outcome.reason
            cases[each] += "P" if outcome.behaviour == inputs[each[0]][turn].behaviour else "F"
            if outcome.kind in ENDED:
                ended.add(each)
        running = [each for each in running if each not in ended]
    return {each: _outcome(each, inputs[each[0]], cases, seconds, failed) for each in programs}


def _outcome(
    each: tuple[str, str],
    inputs: Sequence[ReferenceInput],
    cases: Mapping[tuple[str, str], str],
    seconds: Mapping[tuple[str, str], float],
    failed: Mapping[tuple[str, str], str],
) -> Outcome:
    if not inputs:
        reason = "there is no input to which the reference gives an answer that can be compared"
        return Outcome(kind=OutcomeKind.UNSCORED, reason=reason, seconds=0.0)
    if each not in cases:
        return Outcome(kind=OutcomeKind.REFUSED, reason="there is no program", seconds=0.0)
    if each in failed:
        return Outcome(kind=OutcomeKind.UNSCORED, reason=failed[each], seconds=seconds[each])
    told = cases[each].ljust(len(inputs), "?")
    alike = told == "P" * len(told)
    return Outcome(
        kind=OutcomeKind.PASSED if alike else OutcomeKind.FAILED,
        reason=""
        if alike
        else f"other behaviour than the reference on {len(told) - told.count('P')} of {len(told)} inputs",
        seconds=seconds[each],
        cases=told,
    )
