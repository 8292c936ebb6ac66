"""The sandbox: runs programs that nobody trusts, and decides outside their reach whether their tests pass."""

from passgap.execution.doctor import Protection, examine
from passgap.execution.pool import SandboxExecutor, UnprotectedExecutor

__all__ = ["Protection", "SandboxExecutor", "UnprotectedExecutor", "examine"]
