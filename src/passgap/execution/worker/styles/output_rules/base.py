"""The interface of rules about output."""

from __future__ import annotations

import abc
from typing import Protocol


class ExpectedOutput(Protocol):
    """An expected output."""

    def mismatch(self, output: str) -> str | None:
        """Say where an output is wrong first; None if it is right."""
        ...


class OutputRule(abc.ABC):
    """One way to compare outputs: a module of this package with the constant ``RULE``."""

    name: str

    @abc.abstractmethod
    def expected(self, text: str, abs_tol: float, rel_tol: float) -> ExpectedOutput:
        """Return what an output is compared with, with the tolerances that its tests state."""
