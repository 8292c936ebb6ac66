"""Attributes of standard modules and settings of the process that tests change, for the program to find them changed.

``patch("time.time", return_value=5)`` replaces a function of this process; the program calls that of its own.
"""

from __future__ import annotations

import contextlib
import decimal
import logging
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

Change = tuple[str, list[Any]]
"""The name of an operation of the program's process, and its operands."""


ELSEWHERE = frozenset(
    {("builtins", "input"), *(("sys", name) for name in ("stdin", "stdout", "stderr", "argv", "path"))}
)
"""Attributes that tests and program share in another way, or each have for themselves."""


class ReplacedAttributes:
    """Tracks what tests replace in modules.

    Args:
        modules: their names.
    """

    def __init__(self, modules: Iterable[str]) -> None:
        self._modules = {name: sys.modules[name] for name in modules if name in sys.modules}
        self._original = {name: dict(vars(module)) for name, module in self._modules.items()}
        self._known = {name: dict(names) for name, names in self._original.items()}

    def changes(self) -> Iterator[Change]:
        """Yield the attributes that are not what they were before."""
        for module, owner in self._modules.items():
            known, original = self._known[module], self._original[module]
            for name, value in list(vars(owner).items()):
                if value is known.get(name, owner) or name[:1] == "_" or (module, name) in ELSEWHERE:
                    continue
                known[name] = value
                value_there = [] if value is original.get(name, owner) else [value]
                yield "replace", [module, name, *value_there]
            for name in [name for name in known if name not in original and name not in vars(owner)]:
                del known[name]
                yield "replace", [module, name]


def _decimal() -> list[Any]:
    context = decimal.getcontext()
    return [context.prec, context.rounding]


SETTINGS: dict[str, Callable[[], list[Any]]] = {
    "arguments": lambda: [str(argument) for argument in sys.argv],
    "decimal": _decimal,
    "recursion": lambda: [sys.getrecursionlimit()],
}


class Settings:
    """Tracks what tests set for their process."""

    def __init__(self) -> None:
        self._known = {name: read() for name, read in SETTINGS.items()}

    def changes(self) -> Iterator[Change]:
        """Yield the settings that are not what they were before."""
        for name, read in SETTINGS.items():
            if (now := read()) != self._known[name]:
                self._known[name] = now
                yield "set", [name, now]


@contextlib.contextmanager
def kept_settings(modules: Iterable[str]) -> Iterator[None]:
    """Put back, after a sample's tests, what they may replace in these modules, and set for the process."""
    arguments, limit, context = sys.argv, sys.getrecursionlimit(), decimal.getcontext().copy()
    content, variables = list(arguments), dict(os.environ)
    loggers = logging.root.manager.loggerDict
    known = set(loggers)
    attributes = [(vars(sys.modules[name]), dict(vars(sys.modules[name]))) for name in modules]
    try:
        yield
    finally:
        for names, before in attributes:
            for name in [name for name, value in names.items() if value is not before.get(name, names)]:
                names.pop(name)
            names |= {name: value for name, value in before.items() if name not in names}
        for name in set(loggers) - known:
            del loggers[name]
        sys.argv = arguments
        arguments[:] = content
        sys.setrecursionlimit(limit)
        decimal.setcontext(context)
        if dict(os.environ) != variables:
            os.environ.clear()
            os.environ.update(variables)
