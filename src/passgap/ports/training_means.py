"""The means that a trainer may use besides the model that it trains."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol, runtime_checkable

from passgap.ports.executors import Executor


@runtime_checkable
class TrainingMeans(Protocol):
    """Offered to every trainer by the composition root of the process that it runs in; opened when it is used."""

    def executor(self) -> AbstractContextManager[Executor]:
        """Open the sandbox, and leave no process behind.

        Raises:
            ExecutionError: the machine lacks a required protection.
        """
        ...
