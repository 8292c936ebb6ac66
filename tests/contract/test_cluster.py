"""Sampling and running on a real Ray cluster of several processes: what one machine would give, whoever dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("ray", reason="Ray is not installed")

import ray

from passgap.engines import open_on_cluster, open_sampler
from passgap.errors import EngineError
from passgap.execution import SandboxExecutor
from passgap.execution import open_on_cluster as open_executor_on_cluster
from passgap.ports import Executor, LogitSource, Sampler, SampleRequest
from passgap.records import AssertTests, Decoding, ExecutionJob, OutcomeKind, Prompt, Sample
from passgap.spec import ClusterSection
from passgap.stages import SamplingPlan, Silent, StageContext, sample
from passgap.store import StudyFolder
from passgap.wiring import SystemClock

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

CLUSTER = ClusterSection(workers=2)
DECODING = Decoding(temperature=1.0, top_k=20, top_p=0.9, max_new_tokens=40)
ADD = "def add(a, b):\n    return a + b\n"


@pytest.fixture(scope="module")
def local(tiny_model: Path) -> Iterator[Sampler]:
    opened = open_sampler("local", tiny_model, device="cpu", workers=1)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def sampler(tiny_model: Path) -> Iterator[Sampler]:
    """An engine whose cluster was started by a thread that has ended, as a stage's threads do."""
    opened = open_on_cluster("local", tiny_model, CLUSTER, device="auto")
    first = plan(1).requests(plan(1).prompts)
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: list(opened.sample(first, DECODING))).result()
    yield opened
    opened.close()
    opened.close()
    ray.shutdown()  # other tests in this process find no cluster


@pytest.fixture(scope="module")
def executor(sampler: Sampler) -> Iterator[Executor]:
    """Sandboxes with the cores that the engines have left: a study opens the two one after the other."""
    sampler.close()
    opened = open_executor_on_cluster(CLUSTER)
    yield opened
    opened.close()
    opened.close()


def plan(problems: int = 24) -> SamplingPlan:
    prompts = tuple((f"p{number}", Prompt(user=f"Add {number} to a list.")) for number in range(problems))
    return SamplingPlan(name="base-heldout", prompts=prompts, decoding=DECODING, per_prompt=8, seed=3)


def jobs(count: int, program: str = ADD) -> list[ExecutionJob]:
    tests = AssertTests(statements=("assert add(1, 2) == 3",))
    return [ExecutionJob(key=str(number), program=program, tests=tests, entry_point="add") for number in range(count)]


def workers_at(work: str) -> list[int]:
    """The processes of Ray's workers whose titles say that they do this."""
    titles = ((int(path.parent.name), path) for path in Path("/proc").glob("[0-9]*/cmdline"))
    found = []
    for pid, path in titles:
        try:
            if f"ray::{work}" in path.read_text(errors="replace"):
                found.append(pid)
        except OSError:
            continue
    return found


def by_key(samples: list[Sample]) -> dict[tuple[str, int], Sample]:
    return {(each.problem_id, each.index): each for each in samples}


def test_it_is_a_sampler_with_a_lane_and_a_device_a_worker(sampler: Sampler, local: Sampler) -> None:
    assert isinstance(sampler, Sampler)
    assert isinstance(sampler, LogitSource)
    assert (sampler.concurrency, sampler.devices) == (2, 2)
    assert sampler.identity == local.identity


def test_the_same_requests_give_the_samples_of_one_machine(sampler: Sampler, local: Sampler) -> None:
    requests = plan(6).requests(plan(6).prompts)
    assert by_key(list(sampler.sample(requests, DECODING))) == by_key(list(local.sample(requests, DECODING)))
    assert list(sampler.sample([], DECODING)) == []


def test_the_engines_errors_arrive_as_they_are(sampler: Sampler) -> None:
    [request, *_] = plan(1).requests(plan(1).prompts)
    long = SampleRequest(**{**dict(request), "prompt": Prompt(user="word " * 3000)})
    with pytest.raises(EngineError, match="1 prompts do not fit"):
        list(sampler.sample([long], DECODING))


def test_a_stage_that_loses_a_worker_in_the_middle_ends_as_if_it_had_not(
    sampler: Sampler, local: Sampler, tmp_path: Path
) -> None:
    class KillsOnce:
        """The sampler, whose first busy worker is killed with its first sample."""

        identity, concurrency, devices = sampler.identity, sampler.concurrency, sampler.devices
        killed: list[int] = []  # noqa: RUF012

        def sample(self, requests: list[SampleRequest], decoding: Decoding, **_: object) -> Iterator[Sample]:
            for drawn in sampler.sample(requests, decoding):
                if not self.killed:
                    self.killed.extend(workers_at("EngineWorker.sample")[:1])
                    for pid in self.killed:
                        os.kill(pid, signal.SIGKILL)
                yield drawn

    chosen = plan()
    engine = KillsOnce()
    context = StageContext(folder=StudyFolder(tmp_path), clock=SystemClock(), progress=Silent())
    artifact = sample(chosen, engine, context)  # type: ignore[arg-type]
    assert engine.killed
    given = list(artifact.samples())
    assert len(given) == len(by_key(given)) == chosen.total
    shards = chosen.shards(2)
    assert len(shards) > 1
    alone = [drawn for shard in shards for drawn in local.sample(chosen.requests(shard), DECODING)]
    assert by_key(given) == by_key(alone)


def test_programs_run_as_they_do_here(executor: Executor) -> None:
    assert isinstance(executor, Executor)
    mixed = [*jobs(30), *(each.model_copy(update={"key": f"x{each.key}"}) for each in jobs(30, "def add(a, b): pass"))]
    done: list[int] = []
    there = list(executor.run(mixed, ordered=True, progress=done.append))
    with SandboxExecutor(1) as here:
        same = list(here.run(mixed, ordered=True))
    assert [(each.key, each.outcome.kind) for each in there] == [(each.key, each.outcome.kind) for each in same]
    assert sum(done) == 60


def test_jobs_are_drawn_as_room_allows_and_a_run_may_be_left(executor: Executor) -> None:
    drawn = 0

    def endless() -> Iterator[ExecutionJob]:
        nonlocal drawn
        while True:
            drawn += 1
            yield jobs(1)[0].model_copy(update={"key": str(drawn)})

    results = executor.run(endless())
    for _ in range(5):
        next(results)
    assert drawn < 200
    results.close()  # type: ignore[attr-defined]
    assert len(list(executor.run(jobs(1)))) == 1


def test_a_killed_worker_costs_no_outcome(executor: Executor) -> None:
    slow = "import time\ntime.sleep(0.05)\n" + ADD
    outcomes: dict[str, OutcomeKind] = {}
    killed = False
    for result in executor.run(jobs(120, slow)):
        assert result.key not in outcomes
        outcomes[result.key] = result.outcome.kind
        busy = workers_at("SandboxWorker.run")
        if busy and not killed:
            os.kill(busy[0], signal.SIGKILL)
            killed = True
    assert killed
    assert len(outcomes) == 120
    assert set(outcomes.values()) == {OutcomeKind.PASSED}


DOOMED = """
import os, signal, sys
from pathlib import Path
from passgap.engines import open_on_cluster
from passgap.errors import EngineError
from passgap.records import Decoding, Prompt
from passgap.spec import ClusterSection
from passgap.stages import SamplingPlan, Silent, StageContext, sample
from passgap.store import StudyFolder
from passgap.wiring import SystemClock

class Reports(Silent):
    def task(self, *arguments, **options):
        print("sampling", flush=True)
        return super().task(*arguments, **options)

model, folder, kill = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3] == "kill"
prompts = tuple((f"p{n}", Prompt(user=f"Add {n} to a list.")) for n in range(40))
decoding = Decoding(temperature=1.0, top_k=20, top_p=0.9, max_new_tokens=40)
plan = SamplingPlan(name="base-heldout", prompts=prompts, decoding=decoding, per_prompt=16, seed=3)
engine = open_on_cluster("local", model, ClusterSection(workers=1), device="cpu")
class Watched:
    identity, concurrency, devices, close = engine.identity, 4, 1, engine.close
    shards = 0
    def sample(self, requests, decoding, **_):
        for drawn in engine.sample(requests, decoding):
            yield drawn
        Watched.shards += 1
        if kill and Watched.shards == 1:
            import ray, psutil
            for child in psutil.Process().children(recursive=True):
                if any(name in " ".join(child.cmdline()) for name in ("gcs_server", "raylet/raylet", "ray::")):
                    child.kill()
context = StageContext(folder=StudyFolder(folder), clock=SystemClock(), progress=Silent())
try:
    print(sample(plan, Watched(), context).manifest.samples)
except EngineError as error:
    print(f"error: {error}")
    sys.exit(error.exit_code)
"""


def test_a_dead_cluster_is_one_clear_error_and_a_study_that_goes_on(tiny_model: Path, tmp_path: Path) -> None:
    def run(what: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", DOOMED, str(tiny_model), str(tmp_path), what]
        return subprocess.run(command, capture_output=True, text=True, env={**os.environ}, check=False)

    broken = run("kill")
    assert broken.returncode == 2, broken.stderr
    assert "is gone" in broken.stdout
    assert "Traceback" not in broken.stderr
    finished = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.parquet")}
    assert finished
    assert not list(tmp_path.rglob("manifest.json"))
    assert run("go").stdout.split()[-1] == "640"
    assert {path: path.stat().st_mtime_ns for path in finished} == finished
