"""Failures and values in one line."""

from __future__ import annotations

from typing import Any

from ..stops import Stop

REASON_LENGTH = 300


def describe(error: BaseException | str) -> str:
    """Describe a failure in one line."""
    if isinstance(error, str):
        return error[:REASON_LENGTH]
    try:
        text = " ".join(str(error).split())
    except (Exception, Stop):  # noqa: BLE001 - an integer too long to be written, an object that refuses
        text = ""
    return (f"{type(error).__name__}: {text}" if text else type(error).__name__)[:REASON_LENGTH]


def shown(value: Any) -> str:
    """Return the beginning of a value's representation, or its type if it has none."""
    try:
        return f"{value!r:.100}"
    except (Exception, Stop):  # noqa: BLE001 - as above
        return type(value).__name__
