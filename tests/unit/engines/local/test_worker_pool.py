"""Workers start from whatever their caller is, end with it, and say why one ended that was not asked to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

pytest.importorskip("torch")

from passgap.engines.local import worker_process
from passgap.engines.local.worker_pool import WorkerPool
from passgap.engines.local.worker_process import WorkerProcess
from passgap.errors import EngineError
from passgap.ports import SampleRequest
from passgap.records import Decoding, Prompt

SCRIPT = """
import sys
from pathlib import Path
from threading import Thread
from passgap.engines import open_sampler
from passgap.ports import SampleRequest
from passgap.records import Decoding, Prompt

sampler = open_sampler("local", Path(sys.argv[1]), device="cpu", workers=2)
prompt = Prompt(user="Write a function that adds.", chat=True)
counts = range(32)
requests = [SampleRequest(problem_id="p", prompt=prompt, indices=tuple(counts), seeds=tuple(counts))]

def draw():
    print(len(list(sampler.sample(requests, Decoding(temperature=1.0, max_new_tokens=3)))), flush=True)

first = Thread(target=draw)
first.start()
first.join()
draw()
"""

STUBS = """
import os, sys

class Stub:
    def __init__(self, does):
        self.does = does

    def sample(self, requests, decoding, progress=None):
        yield from getattr(self, self.does)()

    def aborts(self):
        print("the last words", file=sys.stderr, flush=True)
        os.abort()

    def exits(self):
        os._exit(3)

    def fails(self):
        class Local(Exception):
            pass
        raise Local("cannot be pickled")

    def reads(self):
        open("no-such-file")

    def looks(self):
        raise LookupError(os.environ.get("PASSGAP_TEST_SEEN"), os.getcwd())
"""

REQUESTS = [SampleRequest(problem_id="p", prompt=Prompt(user="u"), indices=(0,), seeds=(0,))]
DECODING = Decoding(temperature=1.0, max_new_tokens=3)


def run_script(how: str, model: Path, folder: Path, script: str = SCRIPT) -> subprocess.Popen[str]:
    """A caller with no main guard: a file, a pipe, or a text on the command line."""
    (folder / "caller.py").write_text(script)
    what = {"file": [str(folder / "caller.py")], "pipe": ["-"], "text": ["-c", script]}[how]
    return subprocess.Popen(
        [sys.executable, *what, str(model)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )


@pytest.mark.slow  # the fast suite has the first of them in the test of a killed caller
@pytest.mark.parametrize("how", ["text", "file", "pipe"])
def test_a_caller_without_a_main_guard_draws_in_workers(how: str, tiny_model: Path, tmp_path: Path) -> None:
    caller = run_script(how, tiny_model, tmp_path)
    written, errors = caller.communicate(SCRIPT if how == "pipe" else "")
    assert (written.split(), caller.returncode) == (["32", "32"], 0), errors


def children(pid: int) -> list[int]:
    """All descendants of a process."""
    below: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in map(int, (task / "children").read_text().split()):
            below += [child, *children(child)]
    return below


def runs(pid: int) -> bool:
    """Whether a process is there and more than a status to be read."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def await_end(pids: list[int]) -> None:
    while any(map(runs, pids)):  # the suite's own time limit ends this
        time.sleep(0.05)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_caller_without_a_main_guard_draws_in_workers_and_leaves_no_process_when_it_is_killed(
    tiny_model: Path, tmp_path: Path
) -> None:
    caller = run_script("text", tiny_model, tmp_path, SCRIPT + "\nimport time; time.sleep(3600)\n")
    assert caller.stdout is not None
    assert [caller.stdout.readline().strip() for _ in range(2)] == ["32", "32"]
    below = children(caller.pid)
    assert len(below) >= 2  # the process that forks, and a worker
    caller.kill()
    caller.communicate()
    await_end(below)


@pytest.fixture
def stubs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """Engines that end badly, in a module that only this process's path has."""
    (tmp_path / "worker_stubs.py").write_text(STUBS)
    monkeypatch.syspath_prepend(tmp_path)
    yield __import__("worker_stubs").Stub
    del sys.modules["worker_stubs"]


def outcome(opener: object) -> Exception:
    pool = WorkerPool(1, opener)  # type: ignore[arg-type]
    with pytest.raises(Exception) as caught:
        list(pool.sample(REQUESTS, DECODING, None))
    assert pool.pids == []
    pool.close()
    return caught.value


def test_a_crash_is_told_with_the_last_words(stubs: type) -> None:
    error = outcome(partial(stubs, "aborts"))
    assert isinstance(error, EngineError)
    assert "was killed by SIGABRT" in error.summary
    assert "the last words" in str(error)
    assert "memory" not in str(error)


def test_an_exit_is_told_with_its_code(stubs: type) -> None:
    assert "ended with exit code 3" in str(outcome(partial(stubs, "exits")))


def test_what_an_engine_raises_is_raised_here(stubs: type) -> None:
    assert isinstance(outcome(partial(stubs, "reads")), FileNotFoundError)
    error = outcome(partial(stubs, "fails"))
    assert isinstance(error, RuntimeError)
    assert "cannot be pickled" in str(error)


def test_an_engine_that_cannot_be_opened_says_why(stubs: type) -> None:
    assert "unexpected keyword" in str(outcome(partial(stubs, wrong=True)))


def test_a_worker_sees_variables_and_the_folder_as_the_caller_does_now(
    stubs: type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PASSGAP_TEST_SEEN", "late")
    monkeypatch.chdir(tmp_path)
    assert outcome(partial(stubs, "looks")).args == ("late", str(tmp_path))


def test_want_of_memory_is_named_only_where_the_kernel_reports_it(
    stubs: type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    statistics = tmp_path / "vmstat"
    monkeypatch.setattr(worker_process, "_VM_STATISTICS", statistics)
    for before, after, said in ((2, 2, "killed by SIGKILL"), (2, 3, "memory ran out")):
        statistics.write_text(f"nr_free_pages 5\noom_kill {before}\n")
        process = WorkerProcess(partial(stubs, "exits"))
        os.kill(process.pid, signal.SIGKILL)
        statistics.write_text(f"nr_free_pages 5\noom_kill {after}\n")
        assert said in process.fault().summary


def test_without_forking_a_worker_is_a_program_of_its_own(stubs: type) -> None:
    process = WorkerProcess(partial(stubs, "exits"), forking=False)
    process.connection.send((REQUESTS, DECODING))
    with pytest.raises(EOFError):
        process.connection.recv()
    assert "ended with exit code 3" in process.fault().summary


@pytest.mark.skipif(sys.platform != "linux", reason="workers are forked on Linux alone")
def test_workers_start_again_when_the_process_that_forks_them_was_killed(stubs: type) -> None:
    process = WorkerProcess(partial(stubs, "exits"))
    parent = int(Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
    os.kill(parent, signal.SIGKILL)
    await_end([parent, process.pid])
    assert "was killed by SIGKILL" in process.fault().summary
    assert "ended with exit code 3" in str(outcome(partial(stubs, "exits")))
