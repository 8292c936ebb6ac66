"""Interpreters are started so that outcomes do not change from worker to worker."""

from __future__ import annotations

from passgap.execution import SandboxExecutor
from passgap.records import AssertTests, ExecutionJob

PROGRAM = "def order():\n    return list(set('abcdefghij')), hash('text')\n"
TESTS = AssertTests(statements=("assert order()",))


def test_strings_hash_alike_in_every_worker() -> None:
    digests = set()
    for _ in range(2):
        with SandboxExecutor(workers=1) as executor:
            digests |= {
                result.outcome.behaviour
                for result in executor.run([ExecutionJob(key="1", program=PROGRAM, tests=TESTS)])
            }
    assert len(digests) == 1
