"""Whether an exception that tests ended in is the program's fault, or that of the tests.

A sample that fails through a fault of its tests is in no denominator, so nothing that a program does may lead there.
Three things are known not to depend on it: what happened before anything of it was used, what was found out about the
tests before it ran (a module that cannot be imported, a file that does not exist and that no program was to write), and
what the tests' code shows to be independent of it (:mod:`.independence`).
"""

from __future__ import annotations

import builtins
from collections.abc import Collection
from pathlib import Path

from ..stops import Stop

NEVER = (Stop, builtins.GeneratorExit)
"""Exceptions that decide a sample, or end a generator."""
LED_TO = (*NEVER, MemoryError, SystemExit)
"""Exceptions that large answers can cause anywhere in the tests, and those that leave the tests."""


def is_fault_of_tests(
    error: BaseException,
    used: bool,
    names: Collection[str],
    missing: Collection[str],
    texts: Collection[str],
    written: Collection[str] = (),
) -> bool:
    """Whether tests raised ``error`` regardless of the program.

    Args:
        error: raised by the tests, and not by the program.
        used: whether the tests had used anything of the program by then.
        names: what the tests expect the program to define.
        missing: modules that the tests import and that cannot be imported.
        texts: every string literal of the tests.
        written: those that may name a file which the program was to write.
    """
    if isinstance(error, NEVER):
        return False
    if isinstance(error, ImportError) and error.name is not None:
        if error.name in missing or error.name.partition(".")[0] in missing:
            return True
        return not used and error.name not in names
    if isinstance(error, FileNotFoundError) and _is_their_missing_file(error, texts, written if used else ()):
        return True
    if isinstance(error, NameError) and error.name in names:
        return False
    return not used


def shows_where_it_arose(error: BaseException) -> bool:
    """Whether an exception is related to the expression that raised it."""
    return not isinstance(error, LED_TO)


def _is_their_missing_file(error: FileNotFoundError, texts: Collection[str], written: Collection[str]) -> bool:
    name = error.filename
    if not isinstance(name, str) or (name in written and not Path(name).is_absolute()):
        return False
    return name in texts and not Path(name).exists()
