"""Inputs of a program and the outputs that it must print: each pair is one case, run in a process of its own."""

from __future__ import annotations

from typing import Any

from ..inside.confine import SCRATCH_BYTES
from .output_rules import OUTPUT_RULES
from .prelude import Prelude
from .unusable import TestsUnusable

INPUT_BYTES = SCRATCH_BYTES // 2
"""The largest input, in bytes: it takes up half of the program's own scratch folder."""

ROOM = 4
"""How many times as long as the expected output a program's may be, whatever the limit is."""


class StdioPlan:
    """Holds the inputs and the expected outputs; :mod:`.stdio_runs` judges the runs."""

    imported: frozenset[str] = frozenset()

    def __init__(self, tests: dict[str, Any]) -> None:
        self.inputs = [case["stdin"] for case in tests["cases"]]
        for number, stdin in enumerate(self.inputs, start=1):
            if len(stdin.encode("utf-8", "surrogatepass")) > INPUT_BYTES:
                raise TestsUnusable(f"run {number}: the input is longer than {INPUT_BYTES >> 20} MiB")
        if tests["comparison"] not in OUTPUT_RULES:
            known = ", ".join(OUTPUT_RULES)
            raise TestsUnusable(f"there is no rule {tests['comparison']!r} to compare outputs by; known: {known}")
        rule = OUTPUT_RULES[tests["comparison"]]
        self.prelude = Prelude(tests["prelude"])
        self._expected = [
            rule.expected(
                case["stdout"],
                tests["abs_tol"] if case["abs_tol"] is None else case["abs_tol"],
                tests["rel_tol"] if case["rel_tol"] is None else case["rel_tol"],
            )
            for case in tests["cases"]
        ]
        self._lengths = [len(case["stdout"].encode("utf-8", "surrogatepass")) for case in tests["cases"]]
        self.cases = len(self.inputs)

    def room(self, case: int) -> int:
        """Return the bytes of output that a right program may need in a run, since its numbers may have more digits."""
        return ROOM * self._lengths[case]

    def mismatch(self, case: int, output: bytes) -> str | None:
        """Say what is wrong with the output of a run; None if nothing is."""
        reason = self._expected[case].mismatch(output.decode("utf-8", "replace"))
        if reason is not None:
            try:
                output.decode("utf-8")
            except UnicodeDecodeError as error:
                return f"its output is not UTF-8: byte {error.object[error.start]:#04x} at {error.start}; {reason}"
        return reason
