"""The kind of a problem decides which part of a sample is learned from."""

from __future__ import annotations

from pathlib import Path

import pytest

from passgap.arms.self_training.pool import PoolSamples, Selection
from passgap.records import CheckTests, FinishReason, Problem, Prompt, Sample, SamplesManifest, Stage
from passgap.store import SamplesArtifact, StudyFolder, write_samples
from passgap.tasks import KINDS
from passgap.tasks.kinds import TaskKind


class _FirstLine(TaskKind):
    """A kind that learns the first line of an answer, as text: its tokens are those of the whole."""

    name = "first-line"
    caption = "one line"
    tests = (CheckTests,)

    def infers(self, problem: Problem) -> bool:
        return False

    def training_target(self, problem: Problem, sample: Sample) -> Sample:
        line = sample.completion.splitlines(keepends=True)[0]
        return sample.model_copy(update={"completion": line, "tokens": None, "stop": None})


def drawn(problem: Problem) -> Sample:
    return Sample(
        problem_id=problem.id,
        index=0,
        completion="x = 1\ny = 2\n",
        finish_reason=FinishReason.STOP,
        seed=1,
        prompt_tokens=1,
        completion_tokens=2,
        tokens=(5, 6),
    )


def test_examples_are_made_of_the_target_of_each_problems_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "first-line" not in KINDS.names()
    monkeypatch.setitem(KINDS._found, "first-line", _FirstLine())  # type: ignore[arg-type]
    tests = CheckTests(code="def check(candidate):\n    assert candidate")
    plain = Problem(id="a", prompt="p", tests=tests, source="t")
    one_line = Problem(id="b", prompt="p", tests=tests, source="t", kind="first-line")
    artifact = StudyFolder(tmp_path).artifact("base-pool-samples", {}, SamplesArtifact)
    artifact.begin()
    write_samples(artifact.shard(0, "parquet"), [drawn(plain), drawn(one_line)], {})
    artifact.finish(SamplesManifest(stage=Stage.SAMPLING, samples=2, tokens=4, truncated=0))
    problems = {each.id: each for each in (plain, one_line)}
    pool = PoolSamples(artifact, problems, {name: Prompt(user="p") for name in problems})
    whole, line = pool.examples(Selection((0, 1)))
    assert (whole.completion, whole.tokens) == ("x = 1\ny = 2\n", (5, 6))
    assert (line.completion, line.tokens) == ("x = 1\n", None)
