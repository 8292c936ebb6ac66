"""Settings of a program's process that its tests change in theirs."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable
from typing import Any

OWN_FRAMES = 60
"""Stack frames below a program's first, which are added to its recursion limit."""
LARGEST_LIMIT = (1 << 31) - 1
_ORIGINAL: dict[tuple[str, str], Any] = {}
"""Attributes of modules that tests replaced, by module and name."""
NONE: Any = object()


def hide_own_frames() -> None:
    """Let a program have the whole recursion limit, and read and set it as if nothing were below its first frame."""
    limit, set_limit = sys.getrecursionlimit, sys.setrecursionlimit
    set_limit(limit() + OWN_FRAMES)

    def getrecursionlimit() -> int:
        return limit() - OWN_FRAMES

    def setrecursionlimit(limit: int, /) -> None:
        set_limit(min(limit + OWN_FRAMES, LARGEST_LIMIT) if limit > 0 else limit)

    sys.getrecursionlimit, sys.setrecursionlimit = getrecursionlimit, setrecursionlimit


def change_environment(changed: dict[str, str | None]) -> None:
    """Set and remove environment variables as the tests did."""
    for name, value in changed.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
    if "TZ" in changed:
        importlib.import_module("time").tzset()


def _set_decimal(prec: int, rounding: str) -> None:
    context = importlib.import_module("decimal").getcontext()
    context.prec, context.rounding = prec, rounding


def _set_arguments(*arguments: str) -> None:
    sys.argv[:] = arguments


SETTINGS: dict[str, Callable[..., None]] = {
    "arguments": _set_arguments,
    "decimal": _set_decimal,
    "recursion": lambda limit: sys.setrecursionlimit(limit),  # noqa: PLW0108 - it is replaced later
}


def change_setting(name: str, values: list[Any]) -> None:
    """Set what the tests have set in their process."""
    SETTINGS[name](*values)


def replace_attribute(module: str, name: str, *value: Any) -> None:
    """Replace an attribute of a module as the tests did in theirs; without a value, put the original back."""
    owner = importlib.import_module(module)
    if value:
        _ORIGINAL.setdefault((module, name), getattr(owner, name, NONE))
        setattr(owner, name, value[0])
    elif (module, name) in _ORIGINAL:
        original = _ORIGINAL.pop((module, name))
        if original is NONE:
            delattr(owner, name)
        else:
            setattr(owner, name, original)
