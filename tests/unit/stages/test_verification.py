"""Verification is resumed shard by shard, and its cost counts from the opening of the check on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from passgap.errors import ExecutionError
from passgap.ports import Progress
from passgap.records import (
    FinishReason,
    Outcome,
    OutcomeKind,
    Result,
    Sample,
    SamplesManifest,
    SampleText,
    Stage,
)
from passgap.stages import Silent, StageContext
from passgap.stages.verification import Check, VerificationPlan, verify
from passgap.store import ResultsArtifact, SamplesArtifact, StudyFolder, write_samples
from passgap.testing.scripted_study import SteadyClock

SHARDS, PER_SHARD = 3, 2


@pytest.fixture
def context(tmp_path: Path) -> StageContext:
    return StageContext(folder=StudyFolder(tmp_path), clock=SteadyClock(), progress=Silent())


@pytest.fixture
def samples(context: StageContext) -> SamplesArtifact:
    artifact = context.folder.artifact("base-pool-samples", {"seed": 1}, SamplesArtifact)
    artifact.begin()
    for shard in range(SHARDS):
        drawn = [
            Sample(
                problem_id=f"p/{shard}",
                index=index,
                completion="x",
                finish_reason=FinishReason.STOP,
                seed=1,
                prompt_tokens=1,
                completion_tokens=1,
            )
            for index in range(PER_SHARD)
        ]
        write_samples(artifact.shard_path(shard), drawn, artifact.inputs)
    artifact.finish(SamplesManifest(samples=SHARDS * PER_SHARD, tokens=6, truncated=0))
    return context.folder.artifact("base-pool-samples", {"seed": 1}, SamplesArtifact)


def test_a_killed_run_goes_on_and_nothing_is_checked_twice(context: StageContext, samples: SamplesArtifact) -> None:
    checked: list[str] = []
    opened: list[int] = []

    @contextmanager
    def open_check(made: ResultsArtifact, tick: Callable[[], None]) -> Iterator[Check]:
        tick()
        assert made.folder.is_dir(), "what a check prepares can be kept there"
        opened.append(1)

        def check(texts: Sequence[SampleText], progress: Progress) -> Iterator[Result]:
            if len(opened) == 1 and len(checked) == PER_SHARD:
                raise ExecutionError("killed")
            for each in texts:
                checked.append(each.problem_id)
                kind = OutcomeKind.PASSED if each.index else OutcomeKind.FAILED
                yield Result.of(each.problem_id, each.index, Outcome(kind=kind, seconds=0.0), "")
            progress(len(texts))

        yield check

    plan = VerificationPlan(name="base-pool-type-check", inputs={"versions": {"mypy": "2"}})
    with pytest.raises(ExecutionError, match="killed"):
        verify(plan, samples, open_check, context)
    made = verify(plan, samples, open_check, context)
    again = verify(plan, samples, open_check, context)
    assert len(opened) == 2 and sorted(checked) == sorted(f"p/{shard}" for shard in range(SHARDS) for _ in range(2))
    assert again.manifest == made.manifest and made.complete
    assert made.manifest.stage is Stage.VERIFICATION and made.manifest.outcomes == {"failed": 3, "passed": 3}
    assert made.manifest.seconds > 0.0 and made.inputs["samples"] == samples.digest
    assert [(each.task_id, each.sample) for each in made.results()] == [
        (f"p/{shard}", index) for shard in range(SHARDS) for index in range(PER_SHARD)
    ]
    other = verify(VerificationPlan(name=plan.name, inputs={"versions": {"mypy": "3"}}), samples, open_check, context)
    assert other.digest != made.digest and len(opened) == 3
