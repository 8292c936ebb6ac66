"""The means that a trainer may use besides the model that it trains."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol, runtime_checkable

from passgap.ports.executors import Executor
from passgap.ports.policy_samplers import PolicySampler, Scorer


@runtime_checkable
class TrainingMeans(Protocol):
    """Offered to every trainer by the composition root of the process that it runs in; opened when it is used."""

    def executor(self) -> AbstractContextManager[Executor]:
        """Open the sandbox, and leave no process behind.

        Raises:
            ExecutionError: the machine lacks a required protection.
        """
        ...

    def policy_sampler(
        self, base: Path, scratch: Path, *, device: str, dtype: str
    ) -> AbstractContextManager[PolicySampler]:
        """Open a sampler of the model that is trained, which starts with the weights of a folder.

        Args:
            base: the folder of the base model.
            scratch: a folder for what it writes meanwhile.
            device: where the model is trained.
            dtype: the type that it is computed in.
        """
        ...

    def scorer(self) -> AbstractContextManager[Scorer]:
        """Open the sandbox for samples, and leave no process behind.

        Raises:
            ExecutionError: the machine lacks a required protection.
        """
        ...
