"""Whole programs that read standard input and print: each run is one case, in a process of its own."""

from __future__ import annotations

from typing import Any

from ..session import Session
from .base import Plan, Record


class StdioPlan(Plan):
    """Holds what is read and what must be printed; :mod:`..whole` makes the runs."""

    whole = True

    def __init__(self, tests: dict[str, Any], entry_point: str | None) -> None:
        self.inputs = [case["stdin"] for case in tests["cases"]]
        self._expected = [case["stdout"].split() for case in tests["cases"]]
        self.cases = len(self.inputs)

    def judge(self, session: Session, values: dict[str, Any], record: Record) -> None:
        """Never called: a whole program is not asked anything."""
        raise NotImplementedError

    def mismatch(self, case: int, output: bytes) -> str | None:
        """Compare token by token, and say what is wrong, or None where nothing is."""
        got, expected = output.decode("utf-8", "replace").split(), self._expected[case]
        if got == expected:
            return None
        if len(got) != len(expected):
            return f"expected {len(expected)} tokens of output, got {len(got)}"
        place = next(index for index, pair in enumerate(zip(got, expected, strict=True)) if pair[0] != pair[1])
        return f"token {place + 1}: expected {expected[place]!r:.80}, got {got[place]!r:.80}"
