"""Send jobs to worker processes with different hash seeds, and collect the results."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from starter_proof.worker import Answer, Job

BATCH = 40
SECONDS_A_BATCH = 120


def run_jobs(jobs: Sequence[Job], hash_seed: int) -> dict[str, Answer]:
    """Run jobs in batches, each in a process. A job without a result killed its process or ran out of time."""
    answers: dict[str, Answer] = {}
    for start in range(0, len(jobs), BATCH):
        answers.update((answer.key, answer) for answer in _batch(jobs[start : start + BATCH], hash_seed))
    return answers


def _batch(jobs: Sequence[Job], hash_seed: int) -> Iterator[Answer]:
    """The results of one process; if a job kills it, another process continues after that job."""
    left = list(jobs)
    while left:
        answered = _process(left, hash_seed)
        yield from answered
        left = left[len(answered) + 1 :]


def _process(jobs: Sequence[Job], hash_seed: int) -> list[Answer]:
    command = [sys.executable, "-m", "starter_proof.worker"]
    environment = {**os.environ, "PYTHONHASHSEED": str(hash_seed), "PYTHONPATH": str(Path(__file__).parents[1])}
    text = "".join(json.dumps(asdict(job)) + "\n" for job in jobs)
    try:
        done = subprocess.run(
            command, input=text, capture_output=True, text=True, env=environment, timeout=SECONDS_A_BATCH, check=False
        )
        written = done.stdout
    except subprocess.TimeoutExpired as error:
        written = error.stdout.decode() if isinstance(error.stdout, bytes) else (error.stdout or "")
    return [_answer(line) for line in written.splitlines() if line.endswith("}")]


def _answer(line: str) -> Answer:
    raw = json.loads(line)
    return Answer(**{**raw, "spoiled": tuple(raw["spoiled"]), "surviving": tuple(raw["surviving"])})
