"""Behaviour equal to a reference, on inputs that are derived from the tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from passgap.arms.self_training.pool import sample_pool
from passgap.arms.ssd_verified import ARM
from passgap.arms.verifiers._reference_inputs import INPUTS, candidates_of, reference_inputs
from passgap.arms.verifiers.differential import VERIFIER, compare
from passgap.execution import SandboxExecutor
from passgap.ports import Executor
from passgap.records import (
    AssertTests,
    CheckTests,
    Limits,
    OutcomeKind,
    PairCase,
    PairTests,
    Problem,
    StdioCase,
    StdioTests,
)
from passgap.study import Study
from passgap.study.lab import StudyLab


@pytest.fixture(scope="module")
def executor() -> Iterator[Executor]:
    with SandboxExecutor(workers=2) as opened:
        yield opened


def problem(reference: str | None, *statements: str, name: str = "f", tests: object = None) -> Problem:
    return Problem.model_validate(
        {
            "id": "p/1",
            "prompt": "Do it.",
            "entry_point": name,
            "tests": tests or AssertTests(statements=statements),
            "reference": reference,
            "source": "a test",
        }
    )


HALF = problem("def f(x):\n    return x // 2\n", "assert f(4) == 2", "assert f(9) == 4")


def test_inputs_are_those_of_the_tests_first_and_then_like_them() -> None:
    calls = [each.statements[0] for each in candidates_of(HALF)]
    assert calls[:2] == ["assert [f(4)]", "assert [f(9)]"]
    assert {"assert [f(5)]", "assert [f(10)]", "assert [f(0)]"} <= set(calls[2:])
    pairs = problem("x", tests=PairTests(cases=(PairCase(args=(1, "a"), expected=2),)))
    assert candidates_of(pairs)[0].statements == ("assert [f(1, 'a')]",)
    check = problem("x", tests=CheckTests(code="def check(candidate):\n    assert candidate([1]) == 1\n"))
    assert candidates_of(check)[0].statements == ("assert [f([1])]",)
    assert candidates_of(problem(None, "assert f(1) == 1")) == ()
    assert candidates_of(problem("x", tests=StdioTests(cases=(StdioCase(stdin="", stdout=""),)))) == ()


def test_samples_that_behave_like_the_reference_on_every_input_pass(executor: Executor) -> None:
    inputs = reference_inputs([HALF], executor)
    assert 2 < len(inputs["p/1"]) <= INPUTS
    programs = {
        "same": "def f(x):\n    return (x - x % 2) // 2\n",
        "hard-coded": "def f(x):\n    return {4: 2, 9: 4}.get(x, 0)\n",
        "other": "def f(x):\n    return x / 2\n",
        "endless": "def f(x):\n    while x:\n        pass\n    return 0\n",
        "empty": " ",
        "unparsed": "def f(x:\n",
    }
    asked = [("p/1", each) for each in programs.values()]
    found = compare(asked, inputs, executor, limits=Limits(seconds=0.5))
    outcome = {name: found["p/1", text] for name, text in programs.items()}
    assert outcome["same"].kind is OutcomeKind.PASSED and set(outcome["same"].cases or "") == {"P"}
    cases = outcome["hard-coded"].cases or ""
    assert cases.startswith("PP") and "F" in cases and outcome["hard-coded"].kind is OutcomeKind.FAILED
    assert "P" not in (outcome["other"].cases or "P"), "a float is not the integer that it equals"
    assert (outcome["endless"].cases or "").startswith("F?"), "it is not run on further inputs"
    assert outcome["empty"].kind is OutcomeKind.REFUSED
    assert outcome["unparsed"].kind is OutcomeKind.FAILED


def test_a_problem_whose_reference_answers_nothing_comparable_is_unscored(executor: Executor) -> None:
    failing = problem("def f(x):\n    raise ValueError(x)\n", "assert f(4) == 2")
    random = problem("import os\ndef f(x):\n    return os.urandom(8)\n", "assert f(4)").model_copy(update={"id": "p/2"})
    inputs = reference_inputs([failing, random], executor)
    assert inputs == {"p/1": (), "p/2": ()}
    found = compare([("p/1", "def f(x):\n    return 1\n")], inputs, executor)
    [outcome] = found.values()
    assert outcome.kind is OutcomeKind.UNSCORED and "no input" in outcome.reason


def test_a_killed_run_reads_the_inputs_that_it_had_found(
    with_three_tests: Callable[..., Study], lab_of: Callable[[Study], StudyLab], monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = lab_of(with_three_tests({"verifier": "differential"}))
    pool = sample_pool(lab, ARM.registered(ARM.section_of(lab.spec), lab))
    first = VERIFIER.verify(pool, lab)
    [folder] = lab.stage.folder.artifacts.glob("base-pool-differential-results-*")
    for finished in ("manifest.json", "shard-00000.jsonl"):
        (folder / finished).unlink()
    monkeypatch.setattr("passgap.arms.verifiers.differential.reference_inputs", None)
    assert VERIFIER.verify(pool, lab).values == first.values and set(first.values) == {0.0, 1.0}
