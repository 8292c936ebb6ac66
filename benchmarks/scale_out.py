"""One job on a Ray cluster with one and two workers against the same job without Ray, in one run on one machine.

    python benchmarks/scale_out.py [--model FOLDER] [--json]

Sampling: problems x 16 samples of the model with the local engine. Execution: programs that pass their tests. On one
machine nothing can become faster than the engine and the sandbox, which use all cores already: what is measured is
what the cluster costs. Workers have one core each, and here there is a worker process per core. Starting the cluster
and loading the model are told apart from the work.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import torch

from passgap.engines import open_on_cluster, open_sampler
from passgap.execution import SandboxExecutor
from passgap.execution import open_on_cluster as open_executor_on_cluster
from passgap.models.embedded import embedded_model
from passgap.ports import Executor, Sampler, SampleRequest
from passgap.records import AssertTests, Decoding, ExecutionJob, Prompt, Record
from passgap.spec import ClusterSection
from passgap.stages import SamplingPlan

DECODING = Decoding(temperature=0.8, top_p=0.95, max_new_tokens=60)
PROGRAM = "def add(a, b):\n    return a + b\n"


class Timed(Record):
    """How long one way took for the same job."""

    name: str
    starting: float
    """Seconds until the first samples or outcomes of a small job were there."""
    seconds: float
    units: int


def time_sampling(name: str, open_engine: Callable[[], Sampler], problems: int) -> Timed:
    began = time.perf_counter()
    sampler = open_engine()
    warm = plan(2 * sampler.concurrency)
    draw_all(
        sampler, [warm.requests(warm.prompts[share :: sampler.concurrency]) for share in range(sampler.concurrency)]
    )
    starting = time.perf_counter() - began
    chosen = plan(problems)
    shards = [chosen.requests(shard) for shard in chosen.shards(sampler.concurrency)]
    began = time.perf_counter()
    samples = draw_all(sampler, shards)
    seconds = time.perf_counter() - began
    sampler.close()
    return Timed(name=name, starting=starting, seconds=seconds, units=samples)


def draw_all(sampler: Sampler, shards: Sequence[Sequence[SampleRequest]]) -> int:
    with ThreadPoolExecutor(sampler.concurrency) as threads:
        return sum(threads.map(lambda shard: len(list(sampler.sample(shard, DECODING))), shards))


def plan(problems: int) -> SamplingPlan:
    prompts = tuple((f"p{number}", Prompt(user=f"Write a function that adds {number}.")) for number in range(problems))
    return SamplingPlan(name="base-heldout", prompts=prompts, decoding=DECODING, per_prompt=16, seed=1)


def time_execution(name: str, open_pool: Callable[[], Executor], count: int) -> Timed:
    began = time.perf_counter()
    executor = open_pool()
    list(executor.run(jobs(64)))
    starting = time.perf_counter() - began
    began = time.perf_counter()
    outcomes = len(list(executor.run(jobs(count))))
    seconds = time.perf_counter() - began
    executor.close()
    return Timed(name=name, starting=starting, seconds=seconds, units=outcomes)


def jobs(count: int) -> list[ExecutionJob]:
    tests = AssertTests(statements=("assert add(1, 2) == 3",))
    return [ExecutionJob(key=str(number), program=PROGRAM, tests=tests, entry_point="add") for number in range(count)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, help="a model folder; by default the embedded model")
    parser.add_argument("--problems", type=int, default=16)
    parser.add_argument("--programs", type=int, default=2000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    model = options.model or embedded_model()
    torch.set_num_threads(1)

    def here(workers: int) -> Sampler:
        return open_sampler("local", model, device="cpu", workers=workers, batch_size=256 * workers)

    def there(workers: int) -> Sampler:
        return open_on_cluster("local", model, ClusterSection(workers=workers), device="cpu", batch_size=256)

    before = os.getloadavg()
    timed = []
    for size in (1, 2):
        cluster = ClusterSection(workers=size)
        timed += [
            time_sampling(f"sampling, {size} here", lambda size=size: here(size), options.problems),
            time_sampling(f"sampling, {size} workers", lambda size=size: there(size), options.problems),
            time_execution(f"execution, {size} here", lambda size=size: SandboxExecutor(size), options.programs),
            time_execution(
                f"execution, {size} workers",
                lambda cluster=cluster: open_executor_on_cluster(cluster),
                options.programs,
            ),
        ]
    if options.json:
        document = {"runs": [each.model_dump() for each in timed], "load": [before, os.getloadavg()]}
        print(json.dumps(document, indent=2))
        return
    for each in timed:
        print(f"{each.name:26} {each.units:6} in {each.seconds:7.2f} s; {each.starting:6.1f} s to start")
    for plain, spread in zip(timed[::2], timed[1::2], strict=True):
        print(f"{spread.name} against {plain.name}: {spread.seconds / plain.seconds:.2f} x the time")
    print(f"load before {before[0]:.1f}, after {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
