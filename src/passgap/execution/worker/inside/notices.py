"""Tells the judge what a program does to its process, with its next message, where the tests look at it.

These are warnings, log records and environment variables. In one process, tests would see them at once.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from .program_objects import ProgramObjects

WARNINGS = "warnings"
LOGGING = "logging"
ENVIRONMENT = "environment"
NOTICES = 1_000
"""The most notices that are told; the rest is dropped."""
TEXT_LENGTH = 10_000


class Notices:
    """Collects what a program does to its process.

    Args:
        kinds: what is collected: some of :data:`WARNINGS`, :data:`LOGGING` and :data:`ENVIRONMENT`.
        objects: the program's.
    """

    def __init__(self, kinds: list[str], objects: ProgramObjects) -> None:
        self._objects = objects
        self._waiting: list[list[Any]] = []
        self._left = NOTICES
        self._variables: dict[str, str] | None = None
        if WARNINGS in kinds:
            self._collect_warnings()
        if LOGGING in kinds:
            self._collect_log_records()
        if ENVIRONMENT in kinds:
            self._variables = dict(os.environ)

    def connect(self) -> None:
        """Forget what there was before the tests began."""
        self._waiting.clear()
        if self._variables is not None:
            self._variables = dict(os.environ)

    def known(self, changed: dict[str, str | None]) -> None:
        """Take note of variables that the tests changed, which they need not be told."""
        for name, value in changed.items():
            if self._variables is not None:
                self._variables.pop(name, None)
                self._variables |= {name: value} if value is not None else {}

    def take(self) -> list[list[Any]]:
        """Return what there is to tell, once."""
        if self._variables is not None:
            now = dict(os.environ)
            for name in {*now, *self._variables}:
                if now.get(name) != self._variables.get(name):
                    self._add([ENVIRONMENT, name, now.get(name)])
            self._variables = now
        waiting, self._waiting = self._waiting, []
        return waiting

    def _add(self, notice: list[Any]) -> None:
        if self._left:
            self._left -= 1
            self._waiting.append(notice)

    def _collect_warnings(self) -> None:
        import warnings

        def show(message: Any, category: type, filename: Any, lineno: int, *_: Any) -> None:
            node = self._objects.exception_class(category)
            self._add([WARNINGS, node, str.__str__(str(message))[:TEXT_LENGTH], int(lineno)])

        warnings.resetwarnings()
        warnings.simplefilter("always")  # which of them count is for the tests' filters to say
        warnings.showwarning = show  # type: ignore[assignment]

    def _collect_log_records(self) -> None:
        import logging

        kind: Any = logging.Logger
        enabled, handle = kind.isEnabledFor, kind.handle

        def handled(logger: Any, record: Any) -> None:
            level = 0 if logger is logging.root else _own_level(logger)
            text = str.__str__(str(record.getMessage()))[:TEXT_LENGTH]
            self._add([LOGGING, str(record.name), int(record.levelno), text, level])
            if enabled(logger, record.levelno):
                handle(logger, record)

        kind.handle = handled
        kind.isEnabledFor = lambda logger, level: True
        logging.lastResort = None


def _own_level(logger: Any) -> int:
    """Return the level that the program set for a logger or one above it, but not for all; 0 if it set none."""
    root = sys.modules["logging"].root
    while logger is not None and logger is not root:
        if logger.level:
            return int(logger.level)
        logger = logger.parent
    return int(root.level) if root.level != sys.modules["logging"].WARNING else 0
