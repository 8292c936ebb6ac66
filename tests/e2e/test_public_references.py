"""References of public sets pass their tests, and an empty middle, the buggy code or an unedited repository does not.

The sets are not part of passgap: ``PASSGAP_DATA`` names the folder that they are in. ``benchmarks/references.py`` says
more of a single one.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from passgap.execution import SandboxExecutor
from passgap.execution.toolchains import MissingToolchain, found_toolchain
from passgap.records import OutcomeKind
from passgap.tasks import execution_job, kind_of, load_tasks

INFILLING, PACK = "humaneval_infilling/HumanEval-{}.jsonl.gz", "humanevalpack/python.jsonl.gz"
CRUXEVAL, EXERCISM = "cruxeval/cruxeval.jsonl.gz", "exercism/exercises.jsonl.gz"
SETS = [
    ("humaneval-infilling", INFILLING.format("SingleLineInfilling"), None, 27),
    ("humaneval-infilling", INFILLING.format("RandomSpanInfillingLight"), None, 0),
    ("humanevalpack", PACK, "fixdocs", 0),
    ("cruxeval", CRUXEVAL, "output", 0),
    ("cruxeval", CRUXEVAL, "input", 0),
    *(("exercism", EXERCISM, language, 0) for language in ("python", "go", "rust", "cpp", "java", "javascript")),
]
"""A set, its file, the split, and on how many problems doing nothing passes."""
SAMPLE = 3
QUICK = [
    each for each in SETS if each[1] == INFILLING.format("RandomSpanInfillingLight") or each[2] in ("output", "python")
]
"""The sets of which a few problems take no more than seconds."""


def outcomes(tasks: str, file: str, split: str | None, limit: int | None) -> dict[str, dict[str, OutcomeKind]]:
    """The outcome of each problem's reference, and of doing nothing, by what submitted it."""
    folder = os.environ.get("PASSGAP_DATA")
    if folder is None or not (Path(folder) / file).is_file():
        pytest.skip(f"PASSGAP_DATA does not name a folder with {file}")
    problems = load_tasks(tasks, path=Path(folder) / file, split=split, limit=limit).problems
    if problems[0].language != "python":
        try:
            found_toolchain(problems[0].language)
        except MissingToolchain as missing:
            pytest.skip(str(missing))
    submits = {
        "reference": lambda each: kind_of(each).reference_submission(each),
        "nothing": lambda each: kind_of(each).nothing_done(each),
    }
    jobs = [
        execution_job(f"{name} {each.id}", each, found)
        for name, submit in submits.items()
        for each in problems
        if (found := submit(each)) is not None
    ]
    ended: dict[str, dict[str, OutcomeKind]] = {name: {} for name in submits}
    with SandboxExecutor() as executor:
        for result in executor.run(jobs):
            name, _, problem = result.key.partition(" ")
            ended[name][problem] = result.outcome.kind
    return ended


@pytest.mark.parametrize(("tasks", "file", "split", "floor"), QUICK)
def test_a_few_references_pass_and_doing_nothing_seldom_does(
    tasks: str, file: str, split: str | None, floor: int
) -> None:
    ended = outcomes(tasks, file, split, SAMPLE)
    assert set(ended["reference"].values()) == {OutcomeKind.PASSED}
    assert list(ended["nothing"].values()).count(OutcomeKind.PASSED) <= floor


@pytest.mark.slow
@pytest.mark.parametrize(("tasks", "file", "split", "floor"), SETS)
def test_every_reference_passes_and_doing_nothing_as_often_as_is_known(
    tasks: str, file: str, split: str | None, floor: int
) -> None:
    ended = outcomes(tasks, file, split, None)
    assert {name: kind for name, kind in ended["reference"].items() if kind is not OutcomeKind.PASSED} == {}
    assert list(ended["nothing"].values()).count(OutcomeKind.PASSED) == floor
