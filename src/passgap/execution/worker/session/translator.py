"""Encodes values of the tests for a program, and decodes the program's values for its tests."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from enum import Enum
from types import CoroutineType, FunctionType
from typing import Any
from weakref import WeakValueDictionary, finalize

from ..exchange.heap import Heap
from ..exchange.shared_loop import SharedLoop
from ..exchange.value_decoder import Decoder
from ..exchange.value_encoder import Encoder
from ..exchange.value_types import PURE, Malformed, TooDeep, function_node, function_of
from ..stops import BadAnswer, ProgramError
from .extended_values import extended
from .object_table import ObjectTable
from .program_exceptions import ProgramExceptions
from .proxy import Asker, as_kind, is_proxy
from .proxy_factory import BASES, make_proxy
from .proxy_operators import handed_back
from .tests_classes import is_of_tests

BUILTINS = dict(vars(builtins))
"""The built-ins as they were before any tests were run."""


class Translator:
    """Encodes and decodes values for one program; what is not plain becomes a proxy on the other side.

    Args:
        session: of the program.
        exporting: called when an object of the tests is exported to the program.
        loop: runs what the program awaits of the tests.
    """

    def __init__(self, session: Asker, exporting: Callable[[], None], loop: SharedLoop) -> None:
        self._session = session
        self._exporting = exporting
        self._decoder = Decoder(self._read_opaque)
        self._encoder = Encoder(self._export, self._own_node)
        self.heap = Heap(self._encoder, self._decoder, 0)
        self.table = ObjectTable(self._encoder.encode, self.decode, self.heap.prune, loop)
        self.exceptions = ProgramExceptions(
            Decoder(_no_object).decode,
            lambda number, name: session.ask("getattr", Handle(number), name),
            self._make_exception,
        )
        self.exceptions.exported = self.table.get
        self._proxies: WeakValueDictionary[int, Any] = WeakValueDictionary()
        self._released: list[int] = []
        self._extended: dict[int, Any] = {}
        self.by_name = False
        """Whether the value that is decoded now was asked for by a capitalised name."""
        self.otherwise: set[int] = set()
        """Numbers of objects that tests got in another way than by a capitalised name."""

    def _make_exception(self, number: int, args: list[Any], keywords: dict[str, Any]) -> Any:
        proxy = self._session.call(Handle(number), args, keywords)
        if not is_proxy(proxy):
            raise BadAnswer("an exception that is none")
        text = as_kind(str, self._session.ask("str", proxy))
        return proxy, text, as_kind(tuple, self._session.ask("getattr", proxy, "args"))

    def encode(self, value: Any) -> Any:
        """Return the node of a value of the tests.

        Raises:
            ProgramError: it is nested too deep.
        """
        try:
            return self._encoder.encode(value)
        except TooDeep:
            raise ProgramError("an argument is nested too deep to be sent") from None

    def decode(self, node: Any) -> Any:
        """Return the value of a node that the program sent.

        Raises:
            BadAnswer: it does not encode a value, or the value is too large.
        """
        try:
            return self._decoder.decode(node)
        except Malformed as error:
            raise BadAnswer(str(error)) from None
        except (MemoryError, RecursionError):
            raise BadAnswer("a value too large to be read") from None

    def released(self) -> list[int]:
        """Return, once, the numbers of objects that no test refers to any more."""
        released, self._released[:] = self._released[:], []
        return released

    def _own_node(self, value: Any, base: type | None = None, exact: Callable[[Any], Any] | None = None) -> Any:
        """Encode a proxy as the object that it stands for, and a value of a class of the tests with its names.

        Return None for anything else.
        """
        own = getattr(type(value), "passgap_node", None)
        if own is not None:
            return own(value)
        if base is tuple and hasattr(type(value), "_fields") and is_of_tests(type(value)):
            return self._named_tuple(value)
        if base in (int, str, float) and exact is not None and isinstance(value, Enum):
            self._exporting()
            return ["V", self.table.export(value)[1], self._encoder.encode(exact(value))]
        return None

    def _named_tuple(self, value: Any) -> list[Any]:
        self._exporting()
        kind = type(value)
        number = self.table.export(kind)[1]
        own = [(name, each) for name, each in vars(kind).items() if name[:1] != "_" and isinstance(each, FunctionType)]
        methods = {name: self.table.export(each) for name, each in own}
        return ["Z", number, kind.__name__, list(kind._fields), methods, *map(self._encoder.encode, value)]

    def _export(self, value: Any) -> Any:  # noqa: PLR0911 - one a kind of value
        """Encode a value that is not plain: a proxy as its object, a type by name, anything else by its number here."""
        node = self._own_node(value)
        if node is not None:
            return node
        self._exporting()
        if isinstance(value, CoroutineType) and (proxy := handed_back(value)) is not None:
            return proxy.passgap_node()
        if isinstance(value, type):
            number = self.exceptions.number_of(value)
            if number is not None:
                return ["h", number]
        if value is type(None):
            return ["g", "NoneType"]
        name = getattr(value, "__name__", None)
        if type(name) is str and getattr(builtins, name, None) is value:
            return ["g", name]
        if (function := function_node(value)) is not None:
            return function
        if isinstance(value, BaseException) and type(getattr(value, "passgap_number", None)) is int:
            return ["h", value.passgap_number]  # type: ignore[attr-defined]
        return self.table.export(value)

    def _proxy(self, number: int, description: list[Any]) -> Any:
        if not self.by_name:
            self.otherwise.add(number)
        proxy = self._proxies.get(number)
        if proxy is None:
            if number in self._released:  # it came back before the program was told that nobody refers to it
                self._released.remove(number)
            self._proxies[number] = proxy = make_proxy(self._session, number, description)
            finalize(proxy, self._released.append, number).atexit = False
        return proxy

    def _tuple_of_tests(self, number: Any, *items: Any) -> Any:
        try:
            kind = self.table.get(number)
            if not (isinstance(kind, type) and issubclass(kind, tuple) and hasattr(kind, "_make")):
                raise Malformed("a named tuple of another class")
            return kind._make(map(self.decode, items))
        except (LookupError, TypeError) as error:
            raise Malformed(f"a malformed named tuple: {error}") from None

    def _read_opaque(self, node: list[Any]) -> Any:  # noqa: PLR0911 - one a tag
        tag = node[0]
        if tag == "@" and len(node) == 2:
            return self.heap.get(node[1])
        if tag == "h" and len(node) == 6 and type(node[1]) is int and type(node[2]) is str:
            if node[3] not in (None, *BASES) or [type(part) for part in node[4:]] != [list, list]:
                raise Malformed("an object that extends a type that is not plain")
            return self._proxy(node[1], node[2:])
        if tag == "S" and len(node) == 5 and type(node[1]) is int:
            if node[1] not in self._extended:
                proxy = self._read_opaque(["h", node[1], "", None, *node[3:]])
                self._extended[node[1]] = extended(proxy, self.decode(node[2]))
            return self._extended[node[1]]
        if tag == "x":
            return self.exceptions.class_of(node)
        if node == ["g", "NoneType"]:
            return type(None)
        if tag == "g" and len(node) == 2 and type(node[1]) is str:
            known = BUILTINS.get(node[1])
            if node[1] in PURE or isinstance(known, type) or known in (NotImplemented, Ellipsis):
                return known
        if tag == "g" and len(node) == 3:
            return function_of(*node[1:])
        if tag == "Z" and len(node) >= 2:
            return self._tuple_of_tests(*node[1:])
        if tag in ("k", "o") and len(node) >= 2:
            try:
                return self.table.get(node[1])
            except LookupError:
                pass
        raise Malformed(f"an unknown value {str(tag)[:20]!r}")


class Handle:
    """The number of an object that stays in the jail and has no proxy here."""

    def __init__(self, number: int) -> None:
        self._number = number

    def passgap_node(self) -> list[Any]:
        return ["h", self._number]


def _no_object(node: list[Any]) -> Any:
    """Decode the values besides plain ones that an exception's arguments may hold."""
    if node in (["g", "NotImplemented"], ["g", "Ellipsis"]):
        return getattr(builtins, node[1])
    raise Malformed("an object in an exception")
