"""Programs and tests as in contests, LeetCode and unit tests get the verdict that plain CPython gives them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from passgap.execution import SandboxExecutor
from passgap.records import AssertTests, ExecutionJob, Limits, Outcome
from passgap.tasks import load_tasks

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))  # for the mutants of the starter set's proof
sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from differential.corpus import Case, read_case, read_corpus, read_verdicts
from differential.differences import DIFFERENCES
from differential.plain import PlainPython
from differential.variants import variants_of

CASES = {case.name: case for case in read_corpus()}
FILES = sorted({name.partition("/")[0] for name in CASES})
DIFFERENT = {name for names in DIFFERENCES.values() for name in names}


@pytest.fixture(scope="module")
def executor() -> Iterator[SandboxExecutor]:
    with SandboxExecutor(workers=2) as made:
        yield made


def test_the_corpus_is_large_and_holds_right_and_wrong_programs_of_each_style() -> None:
    verdicts = read_verdicts()
    assert list(verdicts) == list(CASES)
    assert len({(case.program, case.test) for case in CASES.values()}) >= 300
    assert set(CASES) >= DIFFERENT
    for file in FILES:
        passed = [verdict for name, verdict in verdicts.items() if name.startswith(f"{file}/")]
        assert min(sum(passed), len(passed) - sum(passed)) >= 20


@pytest.mark.parametrize("every", [8, pytest.param(1, marks=pytest.mark.slow)], ids=["an eighth", "all"])
@pytest.mark.parametrize("file", FILES)
def test_the_sandbox_says_what_plain_cpython_says(file: str, every: int, executor: SandboxExecutor) -> None:
    cases = [case for name, case in CASES.items() if name.startswith(f"{file}/") and name not in DIFFERENT]
    assert differing(cases[::every], executor) == {}


@pytest.mark.slow
def test_what_is_stated_to_differ_does(executor: SandboxExecutor) -> None:
    cases = [CASES[name] for name in DIFFERENT]
    assert DIFFERENT - set(differing(cases, executor)) == set(), "these agree by now: take them out of the differences"


def differing(cases: list[Case], executor: SandboxExecutor) -> dict[str, Outcome]:
    """The outcomes that are not what plain CPython says, by the case."""
    verdicts = read_verdicts()
    results = list(executor.run(case.job() for case in cases))
    return {result.key: result.outcome for result in results if bool(result.outcome.passed) is not verdicts[result.key]}


@pytest.mark.slow
def test_the_recorded_verdicts_are_plain_cpythons() -> None:
    cases = list(CASES.values())
    with PlainPython(2) as python:
        verdicts = python.run(case.job() for case in cases)
        found = {case.name: verdict.passed for case, verdict in zip(cases, verdicts, strict=True)}
    assert found == read_verdicts()


def test_plain_cpython_passes_only_what_reaches_the_end_of_its_tests() -> None:
    bodies = {
        "return x + 1": "passed",
        "return x": "failed",
        "raise SystemExit(0)": "failed",
        "import os; os._exit(0)": "failed",
        "while True: pass": "timeout",
        "return [x] * 10 ** 11": "out-of-memory",
    }
    tests = AssertTests(statements=("assert f(1) == 2",))
    jobs = [
        ExecutionJob(key=body, program=f"def f(x):\n    {body}\n", tests=tests, limits=Limits(seconds=1.0))
        for body in bodies
    ]
    with PlainPython(2) as python:
        assert [verdict.kind for verdict in python.run(jobs)] == list(bodies.values())


def test_variants_depend_on_the_seed_alone_and_are_all_other_programs() -> None:
    problem = load_tasks("humaneval").problems[0]
    assert problem.reference is not None
    assert problem.entry_point is not None
    made = variants_of(problem.reference, problem.entry_point, 30, "1")
    assert made == variants_of(problem.reference, problem.entry_point, 30, "1")
    assert made != variants_of(problem.reference, problem.entry_point, 30, "2")
    programs = {program for _, program in made}
    assert len(programs) == 30
    assert problem.reference not in programs
    for program in programs:
        compile(program.removeprefix("\ufeff"), "variant", "exec")


def test_a_change_that_changes_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="is not changed"):
        list(read_case("x", "a = 1\n--- test\nassert a == 1\n--- change a = 2 ==> a = 3\n"))
