"""Every program of the corpus gets the outcome that it deserves, and leaves nothing behind."""

from __future__ import annotations

import importlib.util
import os
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from passgap.execution import SandboxExecutor
from passgap.records import Outcome, OutcomeKind

sys.path.insert(0, str(Path(__file__).parent))
from corpus import NOT_PASSED, Program, programs

from parts import chosen

SECRET_NAME, SECRET = "PASSGAP_TEST_TOKEN", "canary-5b1f"
INDEPENDENT = programs("false_pass", "host_harm", "honest", "stdio")
SERIES = programs("contamination")
TRIED = [
    pytest.param(
        (program, task),
        id=f"{program.name}:{task}",
        marks=[pytest.mark.slow] if number != place % len(program.tasks) else [],
    )
    for place, program in enumerate(INDEPENDENT)
    for number, task in enumerate(program.tasks)
]
"""Every program in each style of tests: in the fast suite in one of them, each style as often as the others."""
BEFORE: dict[int, str] = {}
"""The processes of sandboxes that other tests of this process have left running on purpose."""


class Host:
    """Things that programs must not reach: a file, a listening socket, a variable, a process."""

    def __init__(self, folder: Path) -> None:
        self.canary = folder / "canary.txt"
        self.canary.write_text("untouched", encoding="utf-8")
        self.server = socket.create_server(("127.0.0.1", 0))
        self.server.setblocking(False)
        port = self.server.getsockname()[1]
        self.abstract = socket.socket(socket.AF_UNIX)
        self.abstract.bind(f"\0passgap-canary-{port}")
        self.abstract.listen()
        self.abstract.setblocking(False)
        self.places = {
            "CANARY": str(self.canary),
            "PORT": str(port),
            "SECRET": SECRET,
            "PID": str(os.getpid()),
        }


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    os.environ[SECRET_NAME] = SECRET
    BEFORE.update(sandbox_processes())
    yield Host(tmp_path_factory.mktemp("host"))
    del os.environ[SECRET_NAME]


@pytest.fixture(scope="module")
def outcomes(host: Host, request: pytest.FixtureRequest) -> dict[str, Outcome]:
    """The programs that are tried, in one run over one pool, as samples would come."""
    tried = chosen(request, "tried") or {each.values[0] for each in TRIED}
    jobs = [program.job(task, host.places) for program, task in sorted(tried, key=lambda each: each[0].name)]
    with SandboxExecutor(workers=2) as executor:
        return {result.key: result.outcome for result in executor.run(jobs)}


@pytest.fixture(scope="module")
def series(host: Host) -> dict[str, Outcome]:
    """One sample leaves something and the next one looks for it, in the same worker."""
    jobs = [program.job("clean", host.places) for program in SERIES]
    by_topic = sorted(jobs, key=lambda job: (job.key.partition("_")[2], job.key))
    with SandboxExecutor(workers=1) as executor:
        return {result.key: result.outcome for result in executor.run(by_topic)}


def test_the_corpus_is_large() -> None:
    assert len(INDEPENDENT) + len(SERIES) >= 100


@pytest.mark.parametrize("tried", TRIED)
def test_verdict(tried: tuple[Program, str], outcomes: dict[str, Outcome]) -> None:
    program, task = tried
    if program.needs and importlib.util.find_spec(program.needs) is None:
        pytest.skip(f"{program.needs} is not installed")
    outcome = outcomes[f"{program.name}:{task}"]
    assert outcome.kind is not OutcomeKind.UNSCORED, outcome
    if program.expected == NOT_PASSED:
        assert outcome.kind is not OutcomeKind.PASSED, outcome
    else:
        assert outcome.kind.value == program.expected, outcome


@pytest.mark.parametrize("program", SERIES, ids=lambda program: program.name)
def test_nothing_passes_from_sample_to_sample(program: Program, series: dict[str, Outcome]) -> None:
    outcome = series[f"{program.name}:clean"]
    assert outcome.kind is OutcomeKind.PASSED, outcome


def test_the_host_is_untouched(host: Host, outcomes: dict[str, Outcome], series: dict[str, Outcome]) -> None:
    assert host.canary.read_text(encoding="utf-8") == "untouched"
    assert [path.name for path in host.canary.parent.iterdir()] == ["canary.txt"]
    for server in (host.server, host.abstract):
        with pytest.raises(BlockingIOError):
            server.accept()
    for path in ("/passgap-canary", "/etc/passgap-canary", "/dev/shm/passgap-canary", "/dev/shm/leftover"):
        assert not Path(path).exists()


def test_no_process_is_left(outcomes: dict[str, Outcome], series: dict[str, Outcome]) -> None:
    end = time.monotonic() + 600.0
    while (left := orphans()) and time.monotonic() < end:
        time.sleep(0.1)  # those of a pool that another test has killed this moment are on their way out
    assert not left


def orphans() -> list[str]:
    """The processes of sandboxes whose parent is gone, or is this test."""
    return [f"{pid}: {command}" for pid, command in sandbox_processes().items() if pid not in BEFORE]


def sandbox_processes() -> dict[int, str]:
    """The first process of each sandbox whose parent is gone, or is this test."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                command = (entry / "cmdline").read_bytes()
                parent = int((entry / "stat").read_bytes().rpartition(b")")[2].split()[1])
            except OSError:
                continue
            if b"passgap_worker" in command and parent in (1, os.getpid()):
                found[int(entry.name)] = repr(command)
    return found
