"""A judge ends with the process that it judges for."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import time
from passgap.execution.worker.judge import leave_with_pool

leave_with_pool(0)
print("ready", flush=True)
time.sleep(600)
"""


def test_a_judge_leaves_when_the_pipe_of_its_pool_is_closed() -> None:
    judge = subprocess.Popen([sys.executable, "-c", SCRIPT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert judge.stdin is not None and judge.stdout is not None
    assert judge.stdout.readline() == "ready\n"
    assert judge.poll() is None
    judge.stdin.close()
    assert judge.wait(timeout=120) == 1
    judge.stdout.close()
