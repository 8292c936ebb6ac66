"""Proxies, in a sample's process, of functions and objects of the tests that were passed to the program.

Using a proxy asks the judge, which has the real object.
"""

from __future__ import annotations

import functools
import types
from typing import Any, Protocol

from .operations import descriptor


class Asker(Protocol):
    """The object server, as proxies use it."""

    def ask(self, operation: str, proxy: Any, operands: Any = (), keywords: dict[str, Any] | None = None) -> Any:
        """Have the judge use one of the tests' objects."""
        ...

    async def wait(self, operation: str, proxy: Any, operands: Any = ()) -> Any:
        """Await one of the tests' objects."""
        ...


class ClassProxy(type):
    """The metaclass of proxies of the tests' classes: making an instance asks the judge.

    A class of the program that extends such a proxy is one of its own, with the methods of the tests' class.
    """

    def __new__(mcs, name: str, bases: tuple[Any, ...], names: dict[str, Any], **keywords: Any) -> Any:
        if "_table_number" in names or any(issubclass(base, BaseException) for base in bases):
            return super().__new__(mcs, name, bases, names)
        above = tuple(inheritable(base) if type(base) is ClassProxy else base for base in bases)
        return types.new_class(name, above, keywords, lambda body: body.update(names))

    def __instancecheck__(cls, instance: Any) -> bool:
        return super().__instancecheck__(instance) or cls.__subclasscheck__(type(instance))

    def __subclasscheck__(cls, kind: Any) -> bool:
        if super().__subclasscheck__(kind):
            return True
        origins = [vars(one)[ORIGIN] for one in type.__dict__["__mro__"].__get__(kind) if ORIGIN in vars(one)]
        return any(issubclass(origin, cls) for origin in origins)

    def __call__(cls, *args: Any, **keywords: Any) -> Any:
        if "_table_number" not in vars(cls):
            return super().__call__(*args, **keywords)
        server: Asker = cls._object_server
        return server.ask("call", cls, args, keywords)

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("_") or "_table_number" not in vars(cls):
            raise AttributeError(f"type object {cls.__name__!r} has no attribute {name!r}")
        server: Asker = cls._object_server
        return server.ask("getattr", cls, [name])


ORIGIN = "_passgap_origin"
"""The attribute of an :func:`inheritable` class that holds the class of the tests that it stands for."""


def inheritable(proxy: Any) -> Any:
    """Return a class for the program to extend, with the methods of a class of the tests."""
    own = vars(proxy)
    if "_inheritable" not in own:
        plain, descriptors, built_in = own["_object_server"].ask("members", proxy)
        names = {**plain, **{name: descriptor(*parts) for name, parts in descriptors.items()}}
        names = {**names, ORIGIN: proxy, "__module__": "tests"}
        type.__setattr__(proxy, "_inheritable", type(proxy.__name__, (built_in or object,), names))
    return vars(proxy)["_inheritable"]


class TestsProxy:
    """A proxy of an object of the tests."""

    def __init__(self, server: Asker, number: int) -> None:
        object.__setattr__(self, "_server", server)
        object.__setattr__(self, "_number", number)


def number_of(proxy: Any) -> Any:
    """Return the number of a proxy's object in the judge's table."""
    return vars(proxy)["_table_number"] if type(proxy) is ClassProxy else object.__getattribute__(proxy, "_number")


class FunctionProxy(TestsProxy):
    """A proxy of a function of the tests: calling it asks the judge."""

    def __init__(
        self,
        server: Asker,
        number: int,
        name: str | None = None,
        qualified: str | None = None,
        documentation: str | None = None,
        parameters: list[Any] | None = None,
    ) -> None:
        super().__init__(server, number)
        self.__name__ = name or "callback"
        self.__qualname__ = qualified or self.__name__
        self.__doc__ = documentation
        self.__module__ = "tests"
        self._parameters = parameters

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        return self._server.ask("call", self, args, keywords)

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        """Bind to an instance, as a function does."""
        return self if instance is None else types.MethodType(self, instance)

    def __getattr__(self, name: str) -> Any:
        if name == "__signature__" and self._parameters is not None:
            return signature(self._parameters)
        if name == "__code__" and self._parameters is not None:
            return code(self._parameters)
        if name.startswith("_"):
            raise AttributeError(name)
        return self._server.ask("getattr", self, [name])

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_"):
            object.__setattr__(self, name, value)
        else:
            self._server.ask("setattr", self, [name, value])


class MethodProxy(FunctionProxy):
    """A proxy of a method that is bound to an object of the tests: equal to another one of that method."""

    def __init__(self, server: Asker, number: int, *about: Any) -> None:
        *about, group = about  # type: ignore[assignment]
        super().__init__(server, number, *about)
        self._group = group

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MethodProxy) and other._group == self._group

    def __hash__(self) -> int:
        return hash(self._group)


def signature(parameters: list[Any]) -> Any:
    """Return the signature of a function of the tests."""
    import inspect

    kinds = inspect._ParameterKind
    return inspect.Signature(
        [
            inspect.Parameter(name, kinds(kind), default=None if optional else inspect.Parameter.empty)
            for name, kind, optional in parameters
        ]
    )


def code(parameters: list[Any]) -> Any:
    """Return the part of a function's code object that tells its parameters."""
    named = [name for name, kind, _ in parameters if kind in (0, 1)]
    return types.SimpleNamespace(co_argcount=len(named), co_varnames=tuple(name for name, _, _ in parameters))


class ObjectProxy(TestsProxy):
    """A proxy of an object of the tests: its public attributes and its operators, each of which asks the judge."""

    def __getattr__(self, name: str) -> Any:
        return self._server.ask("getattr", self, [name])

    def __setattr__(self, name: str, value: Any) -> None:
        self._server.ask("setattr", self, [name, value])

    def __delattr__(self, name: str) -> None:
        self._server.ask("delattr", self, [name])

    def __copy__(self) -> Any:
        return self._server.ask("copy", self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return self._server.ask("deepcopy", self)


def object_proxy(server: Asker, number: int, name: str, operations: list[str], kind: Any = None) -> Any:
    """Make a proxy of an object of the tests, with the operators that the object has."""
    if kind is None:
        made = class_of_proxies(tuple(operations))(server, number)
        return _awaited(made) if name == "coroutine" else made
    made = object.__new__(kind)
    TestsProxy.__init__(made, server, number)
    return made


async def _awaited(proxy: Any) -> Any:
    """Wait for a coroutine of the tests, in one of the program's own: ``asyncio.create_task`` takes no other."""
    return await proxy


def class_proxy(
    server: Asker, number: int, name: str, operations: list[str], bases: list[Any], fields: list[str] | None = None
) -> Any:
    """Make a proxy of a class of the tests; ``fields`` are those of a data class."""
    kind = class_of_proxies(tuple(operations))
    names = {"_table_number": number, "_object_server": server, "__module__": "tests", "__qualname__": name}
    if fields is not None:
        import dataclasses

        names["__dataclass_fields__"] = vars(dataclasses.make_dataclass(name, fields))["__dataclass_fields__"]
        names["__match_args__"] = tuple(fields)
    return ClassProxy(name, tuple(bases) or (kind,), {**vars(kind), **names} if bases else names)


@functools.cache
def class_of_proxies(operations: tuple[str, ...]) -> Any:
    """Return the class of proxies with certain operators."""

    def method(operation: str) -> Any:
        def asking(self: Any, *operands: Any, **keywords: Any) -> Any:
            if operation == "exit":
                operands = (*operands[:2], None)
            if operation == "call":
                return self._server.ask(operation, self, operands, keywords)
            return self._server.ask(operation, self, operands)

        async def awaited(self: Any, *operands: Any) -> Any:
            operands = (*operands[:2], None) if operation == "aexit" else operands
            return await self._server.wait(operation, self, operands)

        if operation == "await":
            return lambda self: awaited(self).__await__()
        return awaited if operation in ("anext", "aenter", "aexit") else asking

    names = {f"__{operation}__": method(operation) for operation in operations}
    if "eq" in operations and "hash" not in operations:
        names["__hash__"] = ObjectProxy.__hash__
    return type("ObjectProxy", (ObjectProxy,), names)
