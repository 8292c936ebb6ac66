"""The time."""

from __future__ import annotations

import datetime as dt
from typing import Protocol


class Clock(Protocol):
    """The only source of the time."""

    def now(self) -> dt.datetime:
        """Return the time in UTC, as an aware datetime."""
        ...

    def monotonic(self) -> float:
        """Return the seconds since an arbitrary start. Only differences are meaningful."""
        ...
