"""Counts that somebody else made: rows of how many samples of a problem were scored and how many passed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from passgap.errors import StudyError
from passgap.estimates.counts import Counts, counts_from_columns, listed_faults
from passgap.records import UNSPECIFIED

_BOUND = 2**53
"""Whole numbers from here on are not told apart by the arithmetic of the estimates."""


def aggregate_faults(rows: Sequence[Mapping[str, Any]], numbers: Sequence[int] | None = None) -> list[str]:
    """Say of every row that is no ``{"task_id", "n", "c"}``, or names a problem again, which one it is and why.

    Args:
        rows: the rows.
        numbers: the lines that they stand on; without them, they are called ``row 1`` and so on.
    """
    called = [f"row {position}" for position in range(1, len(rows) + 1)]
    if numbers is not None:
        called = [f"line {number}" for number in numbers]
    first: dict[str, str] = {}
    faults = []
    for row, where in zip(rows, called, strict=True):
        name = row.get("task_id")
        if not isinstance(name, str) or not name:
            faults.append(f"{where}: has no task_id")
            continue
        fault = _sizes_fault(row)
        if name in first:
            fault = "; ".join(filter(None, (fault, f"listed already on {first[name]}; give each problem one row")))
        first.setdefault(name, where)
        if fault:
            faults.append(f"{where} ({name}): {fault}")
    return faults


def _sizes_fault(row: Mapping[str, Any]) -> str:
    if "n" not in row or "c" not in row:
        return "has no n and c"
    n, c, unscored = row["n"], row["c"], row.get("unscored", 0)
    if not all(isinstance(each, int) and not isinstance(each, bool) for each in (n, c, unscored)):
        return f"n, c and unscored must be whole numbers, not {n!r}, {c!r}, {unscored!r}"
    if n < 0 or unscored < 0 or not 0 <= c <= n:
        return f"{c} correct of {n} samples ({unscored} unscored); need 0 <= c <= n and 0 <= unscored"
    return "" if max(n, unscored) < _BOUND else f"n and unscored must be below {_BOUND:,}"


def counts_from_aggregates(rows: Iterable[Mapping[str, Any]]) -> Counts:
    """Build the table from rows ``{"task_id", "n", "c"}`` with an optional ``"difficulty"`` and ``"unscored"``.

    Raises:
        StudyError: a row lacks a field, holds something other than whole numbers, or contradicts itself or another;
            every such row is named.
    """
    kept = list(rows)
    faults = aggregate_faults(kept)
    if faults:
        raise StudyError("These are not aggregates of results", listed_faults(faults))
    return counts_from_columns(
        [row["task_id"] for row in kept],
        [row["n"] for row in kept],
        [row["c"] for row in kept],
        difficulties=[str(row.get("difficulty") or UNSPECIFIED) for row in kept],
        unscored=[row.get("unscored", 0) for row in kept],
    )
