"""When a command, a study's scoring, a program or the machine's memory is killed in the middle of a run.

No process is left, no sample is lost, none is scored twice, and none counts as failed that did nothing wrong.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from passgap.execution import SandboxExecutor, control_group
from passgap.execution.control_group import ControlGroup
from passgap.records import (
    AssertTests,
    ExecutionJob,
    FinishReason,
    OutcomeKind,
    Sample,
    SamplesManifest,
    Stage,
    StdioCase,
    StdioTests,
)
from passgap.stages import ScoringPlan, Silent, StageContext, score
from passgap.store import SamplesArtifact, StudyFolder, read_results, write_samples
from passgap.tasks import Extraction, ExtractionRule, load_tasks
from passgap.wiring import SystemClock

TESTS = AssertTests(statements=("assert add(1, 2) == 3",))
PROGRAM = "import time\ntime.sleep(0.03)\ndef add(a, b):\n    return a + b\n"


def below(pid: int) -> list[int]:
    """Every process below ``pid``, parents first."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in map(int, task.read_text().split()):
                found += [child, *below(child)]
    return found


def alive(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0] != b"Z"
    return False


PATIENCE = 600.0
"""Seconds, on however slow a machine, after which what is waited for will not come."""


def wait_for(holds: Callable[[], object]) -> bool:
    end = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def kill_when(process: subprocess.Popen[bytes], reached: Callable[[], object]) -> None:
    """Kill a process alone, not its group, and see that nothing that it started outlives it."""
    assert wait_for(reached)
    started = below(process.pid)
    assert len(started) >= 4
    process.kill()
    process.wait()
    assert wait_for(lambda: not any(map(alive, started)))


def test_a_killed_command_goes_on_where_it_stopped(tmp_path: Path) -> None:
    cases, out, partial = (tmp_path / name for name in ("cases.jsonl", "out.jsonl", "out.jsonl.partial"))
    case = {"program": PROGRAM, "test": "assert add(1, 2) == 3"}
    cases.write_text("".join(json.dumps({"id": number, **case}) + "\n" for number in range(60)))
    command = [sys.executable, "-m", "passgap", "execute", str(cases), "--out", str(out), "--workers", "2"]
    kept: list[str] = []
    for most in (10, 30):
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        kill_when(process, lambda most=most: partial.exists() and partial.read_text().count("\n") > most)
        assert not out.exists()
        lines = partial.read_text().split("\n")[1:-1]
        assert lines[: len(kept)] == kept
        kept = lines
    subprocess.run(command, check=True, capture_output=True)
    lines = out.read_text().splitlines()
    assert [json.loads(line)["id"] for line in lines] == list(range(60))
    assert all(json.loads(line)["passed"] for line in lines)
    assert set(kept) <= set(lines)
    assert not partial.exists()


SCORING = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_killed_runs import score_study
score_study(Path(sys.argv[1]))
"""


def score_study(path: Path) -> None:
    """Score whatever is left to score in a study's folder."""
    folder = StudyFolder(path)
    problems = load_tasks("starter").problems[:1]
    samples = folder.artifact("base-samples", {}, SamplesArtifact)
    if not samples.complete:
        samples.begin()
        for shard in range(4):
            drawn = [
                Sample(
                    problem_id=problems[0].id,
                    index=shard * 8 + number,
                    completion=f"import time\ntime.sleep(0.03)\n{problems[0].reference}",
                    finish_reason=FinishReason.STOP,
                    seed=number,
                    prompt_tokens=1,
                    completion_tokens=1,
                )
                for number in range(8)
            ]
            write_samples(samples.shard(shard, "parquet"), drawn, {})
        samples.finish(SamplesManifest(stage=Stage.SAMPLING, samples=32, tokens=32, truncated=0))
    plan = ScoringPlan(name="base", problems=problems)
    opened = lambda: SandboxExecutor(workers=2)  # noqa: E731 - one line, used once
    as_it_stands = lambda sample, _: Extraction(sample.completion, ExtractionRule.WHOLE)  # noqa: E731
    score(plan, samples, as_it_stands, opened, StageContext(folder=folder, clock=SystemClock(), progress=Silent()))


def test_a_killed_scoring_goes_on_from_its_last_shard(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SCORING, str(tmp_path), str(Path(__file__).parent)]

    def shards() -> list[Path]:
        return sorted((tmp_path / "artifacts").glob("base-results*/*.jsonl"))

    kill_when(subprocess.Popen(command), shards)
    kept = {path: path.read_bytes() for path in shards()}
    assert 1 <= len(kept) < 4
    subprocess.run(command, check=True)
    assert all(path.read_bytes() == content for path, content in kept.items())
    results = [result for path in shards() for result in read_results(path)]
    assert sorted(result.sample for result in results) == list(range(32))
    assert all(result.passed for result in results)


def first_processes(pool: int, depth: int) -> list[int]:
    """The first processes of the process namespaces so deep below a pool's: 1 for the jails, 2 for the samples."""
    found = []
    for pid in below(pool):
        with contextlib.suppress(OSError):
            numbers = Path(f"/proc/{pid}/status").read_text().partition("\nNSpid:\t")[2].partition("\n")[0].split()
            if len(numbers) == depth + 1 and numbers[-1] == "1":
                found.append(pid)
    return found


@pytest.mark.parametrize("kills", [1, 2])
@pytest.mark.parametrize("style", ["asserts", "stdio"])
def test_a_program_that_somebody_outside_kills_runs_again(style: str, kills: int) -> None:
    tests = TESTS if style == "asserts" else StdioTests(cases=(StdioCase(stdin="", stdout="done"),))
    child = "import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(600)\n"
    program = f"{child}time.sleep(3)\nprint('done')\n{PROGRAM}"
    killed: set[int] = set()
    finished = threading.Event()
    with SandboxExecutor(workers=1) as executor:

        def kill() -> None:
            while len(killed) < kills and not finished.wait(0.02):
                for pid in first_processes(os.getpid(), 2):
                    if pid not in killed and below(pid):
                        os.kill(pid, signal.SIGKILL)
                        killed.add(pid)

        thread = threading.Thread(target=kill)
        thread.start()
        (result,) = executor.run([ExecutionJob(key="victim", program=program, tests=tests)])
        finished.set()
        thread.join()
        (after,) = executor.run([ExecutionJob(key="after", program=PROGRAM, tests=TESTS)])
    assert len(killed) == kills
    assert result.outcome.kind is (OutcomeKind.PASSED if kills == 1 else OutcomeKind.CRASHED), result
    assert after.outcome.passed


def test_the_kernel_would_choose_programs_before_judges_and_judges_before_the_pool() -> None:
    own = int(Path("/proc/self/oom_score_adj").read_text())
    before = set(below(os.getpid()))
    with SandboxExecutor(workers=1) as executor:
        assert executor.protections
        outside, inside = set(), set()
        for pid in set(below(os.getpid())) - before:
            with contextlib.suppress(OSError):
                status = Path(f"/proc/{pid}/status").read_text().partition("\nNSpid:\t")[2].partition("\n")[0]
                adjusted = int(Path(f"/proc/{pid}/oom_score_adj").read_text())
                (outside if len(status.split()) == 1 else inside).add(adjusted)
    assert inside == {1000}, "programs run in a process namespace of their own"
    assert outside and all(own < each < 1000 for each in outside)


HOG = """
import time
held = []
while True:
    held.append(b"x" * (4 << 20))
    time.sleep(0.002)
"""


@pytest.fixture
def small_machine() -> Iterator[ControlGroup]:
    """A control group of 640 MiB in all, for a pool and something else that eats memory."""
    group = control_group.make()
    if group is None:
        pytest.skip("no control group may be made here")
    group.allow(128 << 20)
    yield group
    group.remove()


SMALL = """
import json, os, sys
for path in json.loads(sys.argv[1]):
    open(path, "w").write(str(os.getpid()))
sys.path.insert(0, sys.argv[2])
from test_killed_runs import PROGRAM, TESTS
from passgap.execution import SandboxExecutor
from passgap.records import ExecutionJob
with SandboxExecutor(workers=2) as executor:
    for result in executor.run(ExecutionJob(key=str(n), program=PROGRAM, tests=TESTS) for n in range(80)):
        print(result.key, result.outcome.kind.value, flush=True)
"""


def test_when_memory_runs_out_in_the_middle_nothing_is_lost_doubled_or_failed(small_machine: ControlGroup) -> None:
    entries = json.dumps(small_machine.entries)
    pool = subprocess.Popen(
        [sys.executable, "-c", SMALL, entries, str(Path(__file__).parent)], stdout=subprocess.PIPE, text=True
    )
    assert pool.stdout is not None
    lines = [pool.stdout.readline() for _ in range(5)]
    join = f"import os\nfor path in {small_machine.entries!r}:\n    open(path, 'w').write(str(os.getpid()))\n"
    hog = subprocess.Popen([sys.executable, "-c", join + HOG])
    jails = first_processes(pool.pid, 1)
    assert hog.wait() == -signal.SIGKILL
    lost = [pid for pid in jails if not alive(pid)]
    lines += pool.stdout.readlines()
    assert pool.wait() == 0
    assert lost
    outcomes = dict(line.split() for line in lines)
    assert sorted(outcomes, key=int) == [str(number) for number in range(80)]
    assert len(lines) == 80
    assert set(outcomes.values()) <= {"passed", "unscored"}, outcomes
    assert list(outcomes.values()).count("passed") >= 70
