"""No program in another language than Python passes without solving its problem, where values are compared outside."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from passgap.execution import SandboxExecutor
from passgap.execution.toolchains import MissingToolchain, found_toolchain
from passgap.records import Outcome

sys.path.insert(0, str(Path(__file__).parent))
from functions import ASKED, HONEST, Attack, attacks

FAST = ("javascript",)
"""The languages whose programs need no compiler; those of the others are run with the slow tests."""


@pytest.fixture(scope="module")
def executor() -> Iterator[SandboxExecutor]:
    with SandboxExecutor(workers=1) as executor:
        yield executor


@pytest.fixture(params=[pytest.param(name, marks=[] if name in FAST else [pytest.mark.slow]) for name in ASKED])
def language(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    try:
        found_toolchain(name)
    except MissingToolchain as missing:
        pytest.skip(str(missing))
    return name


def outcomes_of(programs: list[Attack], executor: SandboxExecutor) -> dict[str, Outcome]:
    jobs = [job for program in programs for job in program.jobs()]
    return {result.key.partition("/")[2]: result.outcome for result in executor.run(jobs)}


def test_every_program_gets_the_outcome_that_it_deserves(language: str, executor: SandboxExecutor) -> None:
    programs = attacks(language)
    found = outcomes_of(programs, executor)
    expected = {f"{each.name}/outside": each.outside for each in programs}
    expected |= {f"{each.name}/inside": each.inside for each in programs}
    wrong = {
        name: f"{outcome.kind.value}, not {expected[name]}: {outcome.reason}"
        for name, outcome in found.items()
        if outcome.kind.value not in expected[name].split()
    }
    assert wrong == {}, "\n".join(f"{name}: {text}" for name, text in wrong.items())
    assert {(name.rpartition("/")[2], outcome.protocol) for name, outcome in found.items()} == {
        ("outside", "outside"),
        ("inside", "inside"),
    }
    assert "passgap-survivor" not in processes()


@pytest.mark.parametrize("name", ASKED)
def test_none_may_pass_outside_that_does_not_solve_the_problem(name: str) -> None:
    programs = attacks(name)
    assert len(programs) >= 12
    assert [each.name for each in programs if each.outside == "passed" and not each.name.startswith(HONEST)] == []


def processes() -> str:
    """The command lines of all processes."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(path.read_bytes().decode("utf-8", "replace"))
        except OSError:
            continue
    return "\n".join(lines)
