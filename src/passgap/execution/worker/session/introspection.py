"""``type(x)`` and ``super()`` for tests, where they reach an object of the program."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from typing import Any

from .class_bodies import parts_of
from .proxy import Proxy, as_kind, is_proxy


def type_of(value: Any) -> Any:
    """Return the type of a value as the program's own code would see it: that of a proxy is a class of the program."""
    proxy = value if is_proxy(value) else getattr(value, "__dict__", {}).get("passgap_proxy")
    return type(value) if proxy is None else proxy._ask("type")


class Above:
    """Stands for ``super()`` in a class of the tests that extends one of the program's."""

    __slots__ = ("_proxy",)

    def __init__(self, proxy: Proxy) -> None:
        self._proxy = proxy

    def __getattribute__(self, name: str) -> Any:
        return object.__getattribute__(self, "_proxy")._ask("getattr", name)


def above(kind: Any, instance: Any) -> Any:
    """Do what ``super(kind, instance)`` does, also if the class was made in the jail."""
    return Above(kind._session.ask("super", kind, instance)) if is_proxy(kind) else super(kind, instance)


def is_subclass(kind: Any, of: Any) -> bool:
    """Do what ``issubclass`` does, also for a class of the program and one of the standard library."""
    if not is_proxy(kind):
        return issubclass(kind, of)
    each = of if isinstance(of, tuple) else of.__args__ if isinstance(of, types.UnionType) else (of,)
    return any(_is_subclass(kind, one) for one in each)


def _is_subclass(kind: Any, of: Any) -> bool:
    module = getattr(of, "__module__", None)
    if is_proxy(of) or not isinstance(of, type) or module not in sys.stdlib_module_names | {"collections.abc"}:
        return issubclass(kind, of)
    return bool(kind._ask("is_subclass", module, of.__qualname__))


def pattern_of(kind: Any) -> Any:
    """Return a class that a pattern may name, for a class of the program or any other."""
    if not is_proxy(kind):
        return kind

    class Pattern(type):
        def __instancecheck__(cls, instance: object) -> bool:
            return isinstance(instance, kind)

    places = getattr(kind, "__match_args__", None)
    return Pattern("pattern", (), {} if places is None else {"__match_args__": as_kind(tuple, places)})


def decorated(decorator: Any) -> Callable[[Any], Any]:
    """Return a decorator of classes: one of the program's gets a class that is made in the jail, and may change it."""

    def decorate(kind: Any) -> Any:
        if not is_proxy(decorator) or type(kind) is not type or kind.__bases__ != (object,):
            return decorator(kind)
        try:
            made = decorator._session.ask("subclass", kind.__name__, [], *parts_of(vars(kind)), {})
        except TypeError:  # it holds what no program may be given
            return decorator(kind)
        return decorator(made)

    return decorate
