"""Every attack gets its verdict, and none leaves a mark on the host."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from passgap.execution import SandboxExecutor
from passgap.records import ExecutionJob, OutcomeKind, Tests

sys.path.insert(0, str(Path(__file__).parent))

from attacked_host import Host, attacked_host
from attacks import TASKS, Case, groups, limits_of, load

WORKERS = 3
"""More than processors: several attacks do nothing but wait for their deadline."""

ONE_WORKER = ("contamination",)
"""Groups whose programs follow each other in one worker."""
ONE_STYLE = ("resources", "host_files", "host_processes", "contamination")
"""Groups that are about the jail and not about the tests: tried once, not in each style. So is what never ends."""

MANY = ("values", "honest", "machinery", "exits")
"""Groups with so many cases that the fast suite tries every fourth one, and the slow tests all."""


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    """Below a folder that every user may enter, so that nothing but the jail keeps programs out."""
    with tempfile.TemporaryDirectory() as folder, attacked_host(Path(folder), monkeypatch) as one:
        yield one


@pytest.fixture(scope="module")
def executors() -> Iterator[dict[bool, SandboxExecutor]]:
    """A pool for the groups of one worker, and one for all others: to start workers costs more than most groups do."""
    with SandboxExecutor(1) as alone, SandboxExecutor(WORKERS) as several:
        yield {True: alone, False: several}


def styles_of(case: Case, group: str, place: int, every: bool) -> list[tuple[int, Tests]]:
    """The numbered styles of tests in which a case is tried: each of them, or those of a group in turn."""
    styles = list(enumerate(TASKS[case.task]))
    if OutcomeKind.TIMEOUT in case.allowed or group in ONE_STYLE:
        return styles[:1]
    return styles if every else [styles[place % len(styles)]]


EACH = [(group, False) for group in sorted(groups())]
ALL = [pytest.param(group, True, marks=pytest.mark.slow) for group in sorted(set(groups()) - set(ONE_STYLE))]


@pytest.mark.parametrize(("group", "every"), [*EACH, *ALL])
def test_every_attack_gets_its_verdict_and_leaves_no_mark(
    group: str, every: bool, host: Host, executors: dict[bool, SandboxExecutor]
) -> None:
    cases = {}
    jobs = []
    tried = load(group) if every else load(group)[:: 4 if group in MANY else 1]
    for place, case in enumerate(tried):
        for number, tests in styles_of(case, group, place, every):
            key = f"{case.key}#{number}"
            cases[key] = case
            program = host.fill(case.program)
            jobs.append(
                ExecutionJob(key=key, program=program, tests=tests, entry_point=case.task, limits=limits_of(case))
            )

    results = list(executors[group in ONE_WORKER].run(jobs, ordered=True))
    marks = host.marks()

    assert [result.key for result in results] == [job.key for job in jobs]
    wrong = [
        f"{result.key}: {result.outcome.kind} ({result.outcome.reason})"
        for result in results
        if result.outcome.kind not in cases[result.key].allowed
    ]
    assert not wrong, "\n".join(wrong)
    assert not marks


def test_the_corpus_is_as_large_as_it_claims() -> None:
    cases = [case for group in groups() for case in load(group)]
    assert len(cases) >= 200
    assert len({case.key for case in cases}) == len(cases)


def test_no_attack_on_the_verdict_expects_to_pass() -> None:
    for group in ("exits", "values", "channels", "machinery"):
        for case in load(group):
            assert OutcomeKind.PASSED not in case.allowed, case.key
