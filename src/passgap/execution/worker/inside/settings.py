"""Settings of a program's process that its tests change in theirs."""

from __future__ import annotations

import importlib
import os
import sys
import types
from collections.abc import Callable
from typing import Any

OWN_FRAMES = 60
"""Stack frames below the first of a program whose functions are called, which are added to its recursion limit."""
COUNTS_CALLS = sys.version_info < (3, 12)
"""Whether the recursion limit counts calls of built-in functions, such as the ``exec`` that runs a program."""
LARGEST_LIMIT = (1 << 31) - 1
_ORIGINAL: dict[tuple[str, str], Any] = {}
"""Attributes of modules that tests replaced, by module and name."""
_REPLACED: dict[str, Any] = {}
"""Modules in place of which tests put one of their own, by name."""
NONE: Any = object()


def hide_own_frames(own: int = OWN_FRAMES) -> None:
    """Let a program have the whole recursion limit, and read and set it as if nothing were below its first frame.

    Args:
        own: frames below the program's first.
    """
    limit, set_limit = sys.getrecursionlimit, sys.setrecursionlimit
    set_limit(limit() + own)

    def getrecursionlimit() -> int:
        return limit() - own

    def setrecursionlimit(limit: int, /) -> None:
        set_limit(min(limit + own, LARGEST_LIMIT) if limit > 0 else limit)

    sys.getrecursionlimit, sys.setrecursionlimit = getrecursionlimit, setrecursionlimit


def frames_of_caller() -> int:
    """Return what the recursion limit counts while the caller of this function executes a program with ``exec``."""
    count = int(COUNTS_CALLS)
    frame: types.FrameType | None = sys._getframe(1)
    while frame is not None:
        frame, count = frame.f_back, count + 1
    return count


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


def fake_module(name: str, made_by_hand: bool = False, *content: Any) -> None:
    """Let a name be imported as what the tests put into ``sys.modules``; without that, take it back."""
    if not content:
        if (original := _REPLACED.pop(name, NONE)) is NONE:
            sys.modules.pop(name, None)
        else:
            sys.modules[name] = original
        return
    _REPLACED.setdefault(name, sys.modules.get(name, NONE))
    module = content[0]
    if made_by_hand:
        module = types.ModuleType(name)
        vars(module).update(content[0])
    sys.modules[name] = module
    parent, _, child = name.rpartition(".")
    if isinstance(above := sys.modules.get(parent), types.ModuleType):
        setattr(above, child, module)
