"""The interface of rules about values."""

from __future__ import annotations

import abc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Check = Callable[[Any], bool]
"""Whether a value is right. The value may hold proxies of the program's objects, which no rule may ask anything."""


@dataclass(frozen=True)
class Case:
    """One call: its arguments, and the value that it should return."""

    args: Sequence[Any]
    expected: Any


class ValueRule(abc.ABC):
    """One way to compare values: a module of this package with the constant ``RULE``."""

    name: str

    @abc.abstractmethod
    def checks(self, cases: Sequence[Case], tests: Mapping[str, Any]) -> list[Check]:
        """Return the check of each case, in the order of the cases.

        Args:
            cases: all cases of a problem.
            tests: the record of its tests as JSON, with the tolerances that it states.
        """
