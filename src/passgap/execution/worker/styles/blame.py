"""Whose fault an exception is that tests ended in: the program's, or their own.

A sample that fails through a fault of its tests is in no denominator, so nothing that a program does may lead there.
Three things are known not to depend on it: what happened before anything of it was used, what was found out about the
tests before it ran (a module that cannot be imported, a file that is not there), and what their code shows to be
independent of it (:mod:`.independence`).
"""

from __future__ import annotations

import builtins
from collections.abc import Collection
from pathlib import Path

from ..stops import Stop

NEVER = (Stop, builtins.GeneratorExit)
"""Exceptions that decide a sample, or end a generator."""
LED_TO = (*NEVER, MemoryError, SystemExit)
"""Exceptions that large answers can lead to wherever tests are, and those that leave the tests."""


def is_fault_of_tests(
    error: BaseException,
    used: bool,
    names: Collection[str],
    missing: Collection[str],
    texts: Collection[str],
) -> bool:
    """Whether tests raised ``error`` whatever the program was.

    Args:
        error: what the tests raised, and the program did not.
        used: whether the tests had used anything of the program by then.
        names: what the tests expect the program to define.
        missing: modules that the tests import and that cannot be imported.
        texts: every text that stands in the tests.
    """
    if isinstance(error, NEVER):
        return False
    if isinstance(error, ImportError) and error.name is not None:
        if error.name in missing or error.name.partition(".")[0] in missing:
            return True
        return not used and error.name not in names
    if isinstance(error, FileNotFoundError) and _is_their_missing_file(error, texts):
        return True
    if isinstance(error, NameError) and error.name in names:
        return False
    return not used


def shows_where_it_arose(error: BaseException) -> bool:
    """Whether an exception has to do with the expression that raised it."""
    return not isinstance(error, LED_TO)


def _is_their_missing_file(error: FileNotFoundError, texts: Collection[str]) -> bool:
    name = error.filename
    return isinstance(name, str) and name in texts and not Path(name).exists()
