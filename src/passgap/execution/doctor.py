"""Which protections hold on this machine."""

from __future__ import annotations

from passgap.records import Record


class Protection(Record):
    """One protection: whether it holds here, and what that means."""

    name: str
    holds: bool
    required: bool
    detail: str


def examine() -> tuple[Protection, ...]:
    return ()
