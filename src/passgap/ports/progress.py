"""The callback that reports progress."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int], None]
"""Called with the number of units (samples, tokens, steps) finished since the last call."""
