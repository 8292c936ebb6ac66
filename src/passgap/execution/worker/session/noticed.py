"""Repeats in the judge what a program did to its process, for the tests to see: warnings, log records, variables."""

from __future__ import annotations

import builtins
import contextlib
import io
import logging
import os
import sys
import warnings
from collections.abc import Callable, Collection
from typing import Any

from ..exchange.value_types import Malformed
from ..inside.notices import ENVIRONMENT, LOGGING, NOTICES, WARNINGS

FILE = "solution.py"


class Noticed:
    """Takes notices with a message, and acts on them once the message has been dealt with.

    Args:
        class_of: returns the class of a node of a class of the program.
        variables: names of the environment variables that a program may set for its tests.
    """

    def __init__(self, class_of: Callable[[list[Any]], type[BaseException]], variables: Collection[str]) -> None:
        self._class_of = class_of
        self._variables = variables
        self._waiting: list[Callable[[], None]] = []
        self._count = 0

    def take(self, notices: Any) -> None:
        """Read notices.

        Raises:
            Malformed: they are none, or too many.
        """
        self._count += len(notices)
        if self._count > NOTICES:
            raise Malformed("too many notices")
        for kind, *parts in notices:
            if kind == WARNINGS:
                self._waiting.append(self._warning(*parts))
            elif kind == LOGGING:
                self._waiting.append(self._record(*parts))
            elif kind == ENVIRONMENT:
                self._set_variable(*parts)
            else:
                raise Malformed("a notice of an unknown kind")

    def tell(self) -> None:
        """Act on what was taken.

        Raises:
            Warning: the tests' filters make it an error.
        """
        waiting, self._waiting = self._waiting, []
        nobody_looks = waiting and sys.stderr is sys.__stderr__
        with contextlib.redirect_stderr(io.StringIO()) if nobody_looks else contextlib.nullcontext():
            for act in waiting:
                act()

    def _warning(self, node: Any, text: Any, line: Any) -> Callable[[], None]:
        if type(text) is not str or type(line) is not int or type(node) is not list:
            raise Malformed("a malformed warning")
        kind: Any = getattr(builtins, str(node[1]), None) if node[0] == "g" else self._class_of(node)
        if not (isinstance(kind, type) and issubclass(kind, Warning)):
            raise Malformed("a warning that is none")
        warning = kind.__new__(kind, text)
        return lambda: warnings.warn_explicit(warning, kind, FILE, line, registry={})

    def _record(self, name: Any, level: Any, text: Any, own_level: Any) -> Callable[[], None]:
        if [type(part) for part in (name, level, text, own_level)] != [str, int, str, int]:
            raise Malformed("a malformed log record")

        def log() -> None:
            logger = logging.getLogger(name)
            if logger.isEnabledFor(level) or 0 < own_level <= level:
                logger.handle(logger.makeRecord(name, level, FILE, 0, text, (), None))

        return log

    def _set_variable(self, name: Any, value: Any) -> None:
        if type(name) is not str or type(value) not in (str, type(None)):
            raise Malformed("a malformed variable")
        if name not in self._variables:
            return
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
