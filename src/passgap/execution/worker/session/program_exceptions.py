"""The exceptions of a program as its tests see them: built-in ones as such, others as classes made to resemble them."""

from __future__ import annotations

import builtins
import contextlib
import sys
from collections.abc import Callable
from functools import cached_property
from typing import Any

from ..exchange.value_types import Malformed
from ..stops import Interrupted, OutOfMemory, ProgramError, ProgramExit, ProgramStopIteration

ITERATION_EXCEPTIONS = (StopIteration, StopAsyncIteration)
"""Raised by anything but ``next``, these would end a loop of the tests early: ``all(map(f, cases))`` would hold."""
MAX_BASES = 50
LIBRARIES = sys.stdlib_module_names | {"numpy"}


class ProgramExceptions:
    """The exceptions of one program.

    Args:
        decode: returns the value of a node.
        attribute: returns an attribute of an exception that stays in the jail, from (number, name).
        make: makes an exception in the jail, from (number of the class, arguments, keyword arguments), and returns its
            proxy, its text and its plain arguments.
    """

    def __init__(
        self,
        decode: Callable[[Any], Any],
        attribute: Callable[[int, str], Any],
        make: Callable[[int, list[Any], dict[str, Any]], tuple[Any, str, tuple[Any, ...]]],
    ) -> None:
        self._decode = decode
        self._attribute = attribute
        self._make = make
        self._classes: dict[int, type[BaseException]] = {}
        self.exported: Callable[[Any], Any] = lambda number: None
        """Returns the object of the tests with a number."""
        self.linked: list[BaseException] = []
        """Causes and contexts of exceptions."""

    def number_of(self, kind: type) -> int | None:
        """The number of a class that was made here."""
        return next((number for number, known in self._classes.items() if known is kind), None)

    def class_of(self, node: list[Any]) -> type[BaseException]:
        """Return the class of ``["x", number, name, nodes of the bases]``, optionally with a module's name at the end.

        Raises:
            Malformed: it is not such a node.
        """
        if len(node) not in (4, 5) or [type(part) for part in node[1:4]] != [int, str, list]:
            raise Malformed("a malformed class of an exception")
        _, number, name, nodes, *module = node
        if number not in self._classes:
            if len(nodes) > MAX_BASES:
                raise Malformed("an exception of too many classes")
            library = library_class(name, *module)
            bases = [library] if library is not None else [self._base(base) for base in nodes]
            kind = self._kind
            try:
                made = kind(name, tuple(dict.fromkeys(bases)) or (ProgramError,), self._members())
            except (TypeError, ValueError):  # incompatible bases, or an invalid name
                made = kind("ProgramError", (ProgramError,), self._members())
            self._classes[number] = made
        return self._classes[number]

    @cached_property
    def _kind(self) -> type[type]:
        """The class of the classes: an exception that tests make is made in the jail, by the program's own class."""

        class Kind(type):
            def __call__(cls, *args: Any, **keywords: Any) -> Any:
                number = self.number_of(cls)
                if number is None:
                    return super().__call__(*args, **keywords)
                proxy, text, said = self._make(number, list(args), keywords)
                kind: Any = cls
                error = kind.__new__(kind, *said)
                error.__dict__.update(passgap_kept=proxy, passgap_number=proxy.passgap_number, passgap_text=text)
                return error

        return Kind

    def _base(self, node: Any) -> type[BaseException]:
        if type(node) is list and node[:1] == ["x"]:
            return self.class_of(node)
        if type(node) is list and len(node) == 2 and node[0] == "g":
            return known_class(node[1])
        raise Malformed("a base that is not an exception")

    def _members(self) -> dict[str, Any]:
        attribute = self._attribute

        def get(self: Any, name: str) -> Any:
            number = self.__dict__.get("passgap_number")
            if number is None or name.startswith("__"):
                raise AttributeError(name)
            return attribute(number, name)

        def text(self: Any) -> str:
            said = self.__dict__.get("passgap_text")
            return BaseException.__str__(self) if said is None else str(said)

        return {"__getattr__": get, "__str__": text}

    def exception(self, answer: list[Any], iterating: bool) -> BaseException:
        """Return the exception of ``["err", class, built-in bases, text, arguments or None, number or None, more]``."""
        _, kind_node, bases, text, args_node, number, more = answer
        name = kind_node[1 if kind_node[0] == "g" else 2]
        if "MemoryError" in bases:
            return OutOfMemory()
        if "SystemExit" in bases:
            return ProgramExit(text)
        if "Exception" not in bases:
            return Interrupted(f"{name}: {text}")
        kind = self._base(kind_node)
        args: tuple[Any, ...] = (text,) if args_node is None else tuple(map(self._decode, args_node))
        if not iterating and issubclass(kind, ITERATION_EXCEPTIONS):
            end = issubclass(kind, StopIteration)
            return ProgramStopIteration(text, args) if end else ProgramError(f"{name}: {text}")
        try:
            if more[4:] and issubclass(kind, ExceptionGroup):
                args = (more[4][0], self._members_of(more[4][1]))
            error = kind(*args) if kind_node[0] == "g" else kind.__new__(kind, *args)
        except Exception:  # noqa: BLE001 - arguments that a built-in class does not take
            fallback = next((base for base in kind.__mro__ if base in (ValueError, Exception)), Exception)
            error = fallback(text)
        if number is not None:
            error.__dict__["passgap_number"] = number
        if kind_node[0] == "x":
            error.__dict__["passgap_text"] = text
        self._complete(error, *more[:4])
        return error

    def _members_of(self, answers: list[Any]) -> list[Any]:
        """Return the exceptions of a group; one that ends a sample is none of them."""
        known = [self.exported(one[1]) for one in answers if one[0] == "again"]
        members = [self.exception(one, False) for one in answers if one[0] == "err"]
        self.linked += members
        members += [one for one in known if isinstance(one, Exception)]
        return members

    def _complete(self, error: BaseException, state: dict[str, Any], cause: Any, context: Any, left_out: bool) -> None:
        """Set what an exception holds besides its arguments."""
        for name, node in state.items():
            value = self._decode(node)
            texts = type(value) is list and all(type(line) is str for line in value)
            if (name == "__notes__" and texts) or (name[:1] != "_" and name[:8] != "passgap_"):
                with contextlib.suppress(AttributeError, TypeError):
                    setattr(error, name, value)
        nodes = [one if one is not None and one[0] == "err" else None for one in (cause, context)]
        linked = [None if one is None else self.exception(one, False) for one in nodes]
        self.linked += [one for one in linked if one is not None]
        error.__cause__, error.__context__ = (one if isinstance(one, Exception) else None for one in linked)
        error.__suppress_context__ = left_out


def library_class(name: str, module: Any = None) -> type[BaseException] | None:
    """Return the exception that a module of the standard library defines, if the tests have imported that module.

    The judge's own exceptions are not offered: a program that raised one would decide what becomes of its tests.
    """
    if type(module) is not str or module.partition(".")[0] not in LIBRARIES or name == "SkipTest":
        return None
    known = getattr(sys.modules.get(module), name, None)
    if isinstance(known, type) and issubclass(known, Exception) and known.__module__ == module:
        return known
    return None


def known_class(name: Any) -> type[BaseException]:
    """Return the built-in exception with a name, or a general one if there is none."""
    known = getattr(builtins, name, None) if type(name) is str else None
    if isinstance(known, type) and issubclass(known, Exception):
        return known
    return ProgramError
