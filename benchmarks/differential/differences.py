"""Where a verdict differs from plain CPython's on purpose or for want of a way: the lines of docs/execution.md."""

from __future__ import annotations

DIFFERENCES: dict[str, tuple[str, ...]] = {}
"""From the line's subject to the cases of the corpus that show it."""
