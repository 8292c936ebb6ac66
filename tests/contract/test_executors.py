"""Every executor on this machine keeps the contract, whatever stands between it and the programs."""

from __future__ import annotations

from passgap.execution import SandboxExecutor, UnprotectedExecutor
from passgap.testing import PythonExecutorContract


class TestSandbox(PythonExecutorContract):
    def make(self) -> SandboxExecutor:
        return SandboxExecutor(workers=2)


class TestUnprotected(PythonExecutorContract):
    def make(self) -> UnprotectedExecutor:
        return UnprotectedExecutor(workers=2)
