"""The namespace in which tests run, and the random number generators that they seed."""

from __future__ import annotations

import builtins
import contextlib
import importlib
import random
import sys
from collections.abc import Callable, Iterator
from typing import Any

from ..session.generators import GENERATORS
from ..session.introspection import above, decorated, is_subclass, pattern_of, type_of
from ..session.session import Session
from ..stops import ProgramStopIteration
from .free_names import ABOVE, DECORATED, IS_SUBCLASS, PATTERN_OF, STOPPED, TYPE_OF, UNMET

OURS: dict[str, Any] = {
    TYPE_OF: type_of,
    ABOVE: above,
    STOPPED: ProgramStopIteration,
    IS_SUBCLASS: is_subclass,
    DECORATED: decorated,
    PATTERN_OF: pattern_of,
}
"""Helpers of rewritten tests, by the names under which the tests use them."""


class Namespace(dict[str, Any]):
    """The global names of the tests: their own, and otherwise those of the program.

    The program's are read whenever the tests read them, since calls may bind them anew.
    """

    def __init__(self, names: dict[str, Any], read: Callable[[str], Any]) -> None:
        super().__init__(names)
        self._read = read

    def __missing__(self, name: str) -> Any:
        return self._read(name)


def fresh_globals(values: dict[str, Any], session: Session, name: str = "tests") -> Namespace:
    """Return a namespace for the tests of one sample; random numbers are the same for every sample."""
    random.seed(0)
    ours = {**OURS, UNMET: session.unmet}
    evaluating = {"eval": session.evaluator.evaluate, "exec": session.evaluator.execute}
    ours |= {name: function for name, function in evaluating.items() if not session.available([name])}
    return Namespace({"__name__": name, "__builtins__": builtins, **ours, **values}, session.name)


@contextlib.contextmanager
def seeding_both(session: Session) -> Iterator[None]:
    """Make tests that seed a generator seed the program's as well, as they would in one process."""
    modules = {name: names for name, names in GENERATORS.items() if name.partition(".")[0] in sys.modules}
    for name in modules:
        importlib.import_module(name)  # numpy imports its own only when it is used
    originals: dict[tuple[str, str], Any] = {
        (module, name): getattr(sys.modules[module], name) for module, names in modules.items() for name in names
    }

    def both(module: str, name: str) -> Callable[..., None]:
        def seed(*args: Any) -> None:
            originals[module, name](*args)
            if session.shares_random:
                session.seed(module, name, *args)

        return seed

    try:
        for module, name in originals:
            vars(sys.modules[module])[name] = both(module, name)
        yield
    finally:
        for (module, name), original in originals.items():
            vars(sys.modules[module])[name] = original
