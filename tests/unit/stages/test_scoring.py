"""The submission that a kind of task takes from an answer is run: the program and the files beside it."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from passgap.execution import SandboxExecutor
from passgap.records import (
    FinishReason,
    Problem,
    Sample,
    SamplesManifest,
    Stage,
    StdioCase,
    StdioTests,
)
from passgap.stages import ScoringPlan, Silent, StageContext, score
from passgap.store import SamplesArtifact, StudyFolder, write_samples
from passgap.tasks import Extraction
from passgap.wiring import SystemClock


class EditRule(StrEnum):
    """The rules of a kind of task whose answers are files."""

    WHOLE_FILES = "whole files"


PROGRAM = "print(open('data/number.txt').read())\n"


def test_the_files_of_an_answer_are_beside_the_program(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path)
    problem = Problem(
        id="p", prompt="Print it.", tests=StdioTests(cases=(StdioCase(stdin="", stdout="42"),)), source="test"
    )
    samples = folder.artifact("base-samples", {}, SamplesArtifact)
    samples.begin()
    drawn = [
        Sample(
            problem_id="p",
            index=index,
            completion=number,
            finish_reason=FinishReason.STOP,
            seed=index,
            prompt_tokens=1,
            completion_tokens=1,
        )
        for index, number in enumerate(("42", "41"))
    ]
    write_samples(samples.shard(0, "parquet"), drawn, {})
    samples.finish(SamplesManifest(stage=Stage.SAMPLING, samples=2, tokens=2, truncated=0))
    results = score(
        ScoringPlan(name="base", problems=(problem,)),
        samples,
        lambda sample, _: Extraction(PROGRAM, EditRule.WHOLE_FILES, files={"data/number.txt": sample.completion}),
        lambda: SandboxExecutor(workers=1),
        StageContext(folder=folder, clock=SystemClock(), progress=Silent()),
    )
    assert [(each.passed, each.extraction) for each in results.results()] == [
        (True, "whole files"),
        (False, "whole files"),
    ]
