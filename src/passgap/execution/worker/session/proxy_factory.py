"""Makes proxies, of classes with the operators that the program's objects have."""

from __future__ import annotations

import builtins
import functools
import re
import sys
import types
from array import array
from typing import Any

from ..exchange.value_types import CHANGING, Malformed
from .class_bodies import parts_of
from .proxy import Asker, Proxy, is_proxy
from .proxy_operators import ABILITIES, awaited

KINDS: dict[str, type] = {
    "generator": types.GeneratorType,
    "coroutine": types.CoroutineType,
    "async_generator": types.AsyncGeneratorType,
    "function": types.FunctionType,
    "method": types.MethodType,
    "builtin_function_or_method": types.BuiltinFunctionType,
    "map": map,
    "filter": filter,
    "zip": zip,
    "enumerate": enumerate,
    "reversed": reversed,
    "Match": re.Match,
    "Pattern": re.Pattern,
    "dict_keys": type({}.keys()),
    "dict_values": type({}.values()),
    "dict_items": type({}.items()),
    "type": type,
    **{kind.__name__: kind for kind in (property, staticmethod, classmethod, super, memoryview, object)},
    **{name: kind for name, kind in vars(builtins).items() if isinstance(kind, type) and issubclass(kind, Exception)},
}
"""Types that a proxy may claim to be an instance of, by the name that the program gives."""
BASES: dict[str, type] = {**CHANGING, "array": array}
"""Types by whose value a proxy is compared, by the name that the program gives."""
CLASSES_KEPT = 1000


def make_proxy(session: Asker, number: int, description: list[Any]) -> Any:
    """Make a proxy; for a coroutine, a coroutine of the tests that waits for it.

    Args:
        session: of the program.
        number: of the object.
        description: the name of its type, the name of the plain type that it extends, if any, its abilities, and the
            classes of the standard library that it is an instance of.

    Raises:
        Malformed: an ability does not exist.
    """
    name, base, abilities, library = description
    if not all(type(ability) is str and ability in ABILITIES for ability in abilities):
        raise Malformed("an ability that does not exist")
    proxy: Any = object.__new__(_class_of(name, frozenset(abilities)))
    for slot, value in (
        ("_session", session),
        ("_number", number),
        ("_base", BASES[base] if base else None),
        ("_kind", KINDS.get(name)),
        ("_likeness", session.class_of_tests(library) or likeness(library)),
        ("_under_test", False),
    ):
        object.__setattr__(proxy, slot, value)
    return awaited(proxy) if name == "coroutine" else proxy


def likeness(library: list[Any]) -> type | None:
    """Return a class that extends classes of the standard library, given as [module, name] each; None if it cannot.

    Only modules that are imported here count: tests that ask for a class have imported its module.
    """
    names = tuple(tuple(each) for each in library if [type(part) for part in each] == [str, str])
    return _likeness(tuple((*each, each[0] in sys.modules) for each in names)) if names else None


@functools.lru_cache(CLASSES_KEPT)
def _likeness(names: tuple[tuple[str, str, bool], ...]) -> type | None:
    found = [getattr(sys.modules[module], name, None) for module, name, known in names if known]
    kinds = [kind for kind in found if isinstance(kind, type) and not issubclass(kind, BaseException)]
    kinds = [kind for kind in kinds if kind.__module__.partition(".")[0] in sys.stdlib_module_names]
    try:
        return types.new_class(kinds[0].__name__, tuple(kinds)) if kinds else None
    except (TypeError, ValueError):  # classes that cannot be extended, or not together
        return kinds[0]


@functools.lru_cache(CLASSES_KEPT)
def _class_of(name: str, abilities: frozenset[str]) -> type[Proxy]:
    names = {f"__{ability}__": ABILITIES[ability] for ability in abilities}
    if "unhashable" in abilities:
        names["__hash__"] = names.pop("__unhashable__")
    names |= {"__slots__": (), "__new__": _new, "__doc__": _told("__doc__"), "__module__": _told("__module__")}
    if name == "function":
        names["__get__"] = _bound
    made = type(name.replace("\0", ""), (Proxy,), {**names, "__init__": property(_initialise)})
    made.__slots__ = _told("__slots__")  # type: ignore[attr-defined]
    return made


def _initialise(proxy: Any) -> Any:
    """Return ``__init__`` of an object; with a class it is also called by Python, when tests extend that class."""

    def initialise(*args: Any, **keywords: Any) -> Any:
        if [type(each) for each in args] != [str, tuple, dict]:  # else the class is made, and complete
            return proxy._ask("getattr", "__init__")(*args, **keywords)
        return None

    return initialise if proxy._kind is type else proxy._ask("getattr", "__init__")


def _bound(function: Any, instance: Any, owner: Any = None) -> Any:
    """Bind a function of the program to an object of a class of the tests, as Python does with functions in classes."""
    return function if instance is None else types.MethodType(function, instance)


def _told(name: str) -> property:
    """Return a special attribute that is read from the program; a class here would otherwise have its own."""
    return property(lambda self: self._ask("getattr", name))


def _new(kind: type, *args: Any, **keywords: Any) -> Any:
    """Make, in the jail, a class of the tests that extends one of the program's; its methods are proxies."""
    if len(args) != 3 or type(args[1]) is not tuple:
        raise TypeError("proxies are made by the session only")
    name, bases, names = args
    cell = names.pop("__classcell__", None)
    session = next(base._session for base in bases if is_proxy(base))
    made = session.ask("subclass", name, list(bases), *parts_of(names), keywords)
    if cell is not None:
        cell.cell_contents = made
    return made
