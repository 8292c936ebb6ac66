"""Proxies, in a sample's process, of exceptions of the tests and of their classes."""

from __future__ import annotations

import builtins
from typing import Any

from .tests_proxies import Asker, ClassProxy, ObjectProxy


def exception_class_proxy(server: Asker, number: int, name: str, bases: list[Any]) -> Any:
    """Return a class like one of the tests' exceptions, which a program can catch; the judge makes its instances."""

    def get(self: Any, attribute: str) -> Any:
        if attribute.startswith("_") or "passgap_proxy" not in self.__dict__:
            raise AttributeError(attribute)
        return getattr(self.__dict__["passgap_proxy"], attribute)

    names = {"__module__": "tests", "__getattr__": get, "_table_number": number, "_object_server": server}
    return ClassProxy(name, tuple(bases) or (Exception,), names)


def exception_proxy(server: Asker, number: int, built_in: str, kind: Any, arguments: tuple[Any, ...]) -> BaseException:
    """Return a proxy of an exception of the tests, of their class or, if ``kind`` is None, of a built-in one.

    It is turned back into the original when it leaves the program.
    """
    made: Any = getattr(builtins, built_in) if kind is None else kind
    try:
        error = made(*arguments) if type(made) is type else made.__new__(made, *arguments)
    except Exception:  # noqa: BLE001 - a class that takes other arguments
        error = Exception(*arguments)
    error.passgap_proxy = ObjectProxy(server, number)
    return error  # type: ignore[no-any-return]
