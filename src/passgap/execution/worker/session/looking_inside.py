"""Functions of the standard library that look inside an object, for objects of the program, which are in the jail."""

from __future__ import annotations

import contextlib
import functools
import importlib
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

from ..exchange.value_types import is_of_program
from .session import Session

LOOKING_INSIDE: dict[str, tuple[str, ...]] = {
    "dataclasses": ("replace", "asdict", "astuple", "fields", "is_dataclass", "dataclass"),
    "inspect": ("getsource", "getsourcelines"),
    "typing": ("get_type_hints", "get_origin", "get_args"),
}
"""Functions by their module; each takes the object first."""
ORIGINALS: dict[tuple[str, str], Any] = {
    (module, name): getattr(importlib.import_module(module), name)
    for module, names in LOOKING_INSIDE.items()
    for name in names
}


@contextlib.contextmanager
def looking_inside(session: Session) -> Iterator[None]:
    """Let tests find functions that also take the program's objects."""
    try:
        for (module, name), original in ORIGINALS.items():
            setattr(importlib.import_module(module), name, _either(session, module, name, original))
        yield
    finally:
        for (module, name), original in ORIGINALS.items():
            setattr(importlib.import_module(module), name, original)


def _either(session: Session, module: str, name: str, original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def function(*args: Any, **named: Any) -> Any:
        if args and is_of_program(args[0]):
            return session.ask("library", module, name, list(args), named)
        if args and isinstance(args[0], ModuleType) and hasattr(args[0], "passgap_session"):
            return session.ask("library", module, name, [], named)
        if name == "dataclass" and not args:  # the class comes with the next call
            return lambda kind: function(kind, **named)
        return original(*args, **named)

    return function
