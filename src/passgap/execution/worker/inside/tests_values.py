"""Plain values of classes of the tests, in a sample's process: named tuples, and integers with names."""

from __future__ import annotations

import collections
from typing import Any

from .tests_proxies import Asker, ObjectProxy

CLASS_NUMBER = "_passgap_class"
"""The attribute of a class of named tuples that holds its number in the judge's table."""


def named_tuple_class(number: int, name: str, fields: list[str], methods: dict[str, Any]) -> Any:
    """Return a class of named tuples like one of the tests."""
    make: Any = collections.namedtuple
    base = make(name, fields)
    return type(name, (base,), {"__slots__": (), "__module__": "tests", CLASS_NUMBER: number, **methods})


def extended_value(server: Asker, number: int, value: Any) -> Any:
    """Return a plain value with the attributes that its class in the tests adds, which are asked for."""
    proxy = ObjectProxy(server, number)

    def get(self: Any, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(proxy, name)

    def text(operation: str) -> Any:
        return lambda self: server.ask(operation, proxy)

    base: Any = type(value)
    names = {"__getattr__": get, "__repr__": text("repr"), "__str__": text("str"), "passgap_proxy": proxy}
    return type(base.__name__, (base,), {"__module__": "tests", **names})(value)
