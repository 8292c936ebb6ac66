"""``type(x)`` and ``super()`` for tests, where they reach an object of the program."""

from __future__ import annotations

from typing import Any

from .proxy import Proxy, is_proxy


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
