"""Plain values as JSON, without ever calling a method that a program could have written.

Atoms (None, bool, float, str and ints below 2**63) stand for themselves; every other value is a list that begins with
its tag. A value of a subclass travels as its exact base value, taken by the base type's own C function, so that an
overridden ``__eq__``, ``__hash__`` or ``__iter__`` stays behind. What is not plain becomes an opaque handle. So does a
value of a subclass with attributes or methods of its own (a named tuple, an enumeration, a cache made of a dict),
beside its base value where that cannot change.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable
from typing import Any

MAX_DEPTH = 200
SMALL = 1 << 63
ATOMS = frozenset({type(None), bool, float, str})
MAPPINGS: dict[str, Callable[[], dict[Any, Any]]] = {
    "dict": dict,
    "Counter": Counter,
    "OrderedDict": OrderedDict,
}
PATHS = {"Path": "Path", "PurePosixPath": "PurePosixPath"}
ADDRESSES = {f"IPv{version}{what}" for version in (4, 6) for what in ("Address", "Network", "Interface")}
TIMES = {"date": "date", "datetime": "datetime", "time": "time"}
NUMERIC = re.compile(r"[<>|=]?[biufc]\d{1,2}|[<>|=]?U\d{1,6}")
"""Types of numpy's arrays whose items are plain."""

HEAP_TYPE = 1 << 9
"""The flag of a class that Python code made."""

Opaque = Callable[[object], Any]
Extended = Callable[[Any, type, Callable[[Any], Any]], Any]


class TooDeep(Exception):
    """A value is nested more than :data:`MAX_DEPTH` levels deep, or holds itself."""


class NotHere(TypeError):
    """An object of the program's cannot be had outside its process."""


class Malformed(Exception):
    """A message is not the encoding of a value."""


class Encoder:
    """Turns values into JSON.

    Args:
        opaque: decides on what is not plain.
        extended: decides on values of subclasses with names of their own, from (value, base type, how its exact base
            value is taken); None for the base value alone.
    """

    def __init__(self, opaque: Opaque, extended: Extended | None = None) -> None:
        self._opaque = opaque
        self._extended = extended
        self.refer: Callable[[Any, type], Any] | None = None
        """Returns the node of a container that may change; by default its items are written where it stands."""

    def encode(self, value: object, depth: int = 0) -> Any:  # noqa: PLR0911 - one a kind of value
        """Return the JSON of ``value``.

        Raises:
            TooDeep: the value is nested too deep.
        """
        kind = type(value)
        if kind in ATOMS:
            return value
        if kind is int:
            return value if -SMALL < value < SMALL else ["i", hex(value)]  # type: ignore[operator, arg-type]
        if depth > MAX_DEPTH:
            raise TooDeep
        writer = WRITERS.get(kind) or _late_writer(kind)
        if writer is not None:
            if self.refer is not None and kind in SHARED:
                return self.refer(value, kind)
            return writer(self, value, depth)
        numpy = sys.modules.get("numpy")
        if numpy is not None and (node := self._numpy(numpy, value, kind, depth)) is not None:
            return node
        for base, exact in EXACT:
            if base in kind.__mro__:
                if self._extended is not None and has_own_names(value, kind, base):
                    node = self._extended(value, base, exact)
                    if node is not None:
                        return node
                if self.refer is not None and base in SHARED:
                    return self.refer(value, base)
                return self.encode(exact(value), depth)
        return self._opaque(value)

    def _items(self, values: Iterable[object], depth: int) -> list[Any]:
        return [self.encode(value, depth + 1) for value in values]

    def _pairs(self, value: dict[Any, Any], depth: int) -> list[Any]:
        flat: list[Any] = []
        ordered: Any = OrderedDict if type(value) is OrderedDict else dict
        for key, item in ordered.items(value):
            flat.append(self.encode(key, depth + 1))
            flat.append(self.encode(item, depth + 1))
        return flat

    def _numpy(self, numpy: Any, value: Any, kind: type, depth: int) -> Any:
        """The node of an array or a scalar of numpy; None where it is none, or holds what is not plain."""
        generic, array = getattr(numpy, "generic", None), getattr(numpy, "ndarray", None)
        if isinstance(generic, type) and generic in kind.__mro__:
            text = str(generic.dtype.__get__(value).str)  # type: ignore[attr-defined]
            if NUMERIC.fullmatch(text) and "U" not in text:
                return ["v", text, self.encode(generic.item(value), depth)]  # type: ignore[attr-defined]
        if isinstance(array, type) and array in kind.__mro__:
            text = str(array.dtype.__get__(value).str)  # type: ignore[attr-defined]
            if NUMERIC.fullmatch(text):
                if self.refer is not None:
                    return self.refer(value, array)
                return array_node(self, value, array)
        return None


def array_node(encoder: Encoder, value: Any, array: Any) -> list[Any]:
    """The node of an array of numpy, with its items."""
    items = array.tolist(array.ravel(value))
    shape = list(array.shape.__get__(value))
    return ["n", str(array.dtype.__get__(value).str), shape, *[encoder.encode(item, 1) for item in items]]


WRITERS: dict[type, Callable[[Encoder, Any, int], Any]] = {
    list: lambda own, value, depth: ["l", *own._items(value, depth)],
    tuple: lambda own, value, depth: ["t", *own._items(value, depth)],
    set: lambda own, value, depth: ["s", *sorted(own._items(value, depth), key=repr)],
    frozenset: lambda own, value, depth: ["f", *sorted(own._items(value, depth), key=repr)],
    dict: lambda own, value, depth: ["d", "dict", *own._pairs(value, depth)],
    Counter: lambda own, value, depth: ["d", "Counter", *own._pairs(value, depth)],
    OrderedDict: lambda own, value, depth: ["d", "OrderedDict", *own._pairs(value, depth)],
    defaultdict: lambda own, value, depth: ["e", own.encode(value.default_factory), *own._pairs(value, depth)],
    deque: lambda own, value, depth: ["q", value.maxlen, *own._items(value, depth)],
    bytes: lambda own, value, depth: ["b", value.hex()],
    bytearray: lambda own, value, depth: ["B", value.hex()],
    memoryview: lambda own, value, depth: ["m", value.hex()] if value.readonly else own._opaque(value),
    complex: lambda own, value, depth: ["c", value.real, value.imag],
    range: lambda own, value, depth: ["r", *map(own.encode, (value.start, value.stop, value.step))],
    slice: lambda own, value, depth: [":", *own._items((value.start, value.stop, value.step), depth)],
    type(NotImplemented): lambda own, value, depth: ["g", "NotImplemented"],
    type(Ellipsis): lambda own, value, depth: ["g", "Ellipsis"],
}
LATE: dict[tuple[str, str], Callable[[Encoder, Any, int], Any]] = {
    ("decimal", "Decimal"): lambda own, value, depth: ["D", str(value)],
    ("fractions", "Fraction"): lambda own, value, depth: ["F", *map(own.encode, (value.numerator, value.denominator))],
    ("datetime", "date"): lambda own, value, depth: ["T", "date", value.isoformat()],
    ("datetime", "datetime"): lambda own, value, depth: ["T", "datetime", value.isoformat()],
    ("datetime", "time"): lambda own, value, depth: ["T", "time", value.isoformat()],
    ("pathlib", "PosixPath"): lambda own, value, depth: ["p", "Path", str(value)],
    ("pathlib", "PurePosixPath"): lambda own, value, depth: ["p", "PurePosixPath", str(value)],
    ("datetime", "timedelta"): lambda own, value, depth: ["P", value.days, value.seconds, value.microseconds],
    ("uuid", "UUID"): lambda own, value, depth: ["u", "UUID", str(value)],
    **{("ipaddress", name): lambda own, value, depth: ["u", type(value).__name__, str(value)] for name in ADDRESSES},
}
"""Writers for types of modules that are imported by those programs only that use them."""
EXACT: tuple[tuple[type, Callable[[Any], Any]], ...] = (
    (int, int.__pos__),
    (float, float.__pos__),
    (str, str.__str__),
    (list, lambda value: list.__getitem__(value, slice(None))),
    (tuple, lambda value: tuple.__getitem__(value, slice(None))),
    (dict, lambda value: dict(dict.items(value))),
    (set, lambda value: set(set.__iter__(value))),
    (frozenset, lambda value: frozenset(frozenset.__iter__(value))),
    (bytes, lambda value: bytes.__getitem__(value, slice(None))),
    (bytearray, lambda value: bytearray.__getitem__(value, slice(None))),
    (complex, complex.__pos__),
)
"""How the exact base value of a subclass is taken."""
SHARED = frozenset({list, dict, set, bytearray, deque, Counter, OrderedDict, defaultdict})
"""Types of which a value may change."""
CHANGING: dict[str, type] = {kind.__name__: kind for kind in (list, dict, set, bytearray)}
"""Plain types of which a value may change, so that a program's extension of one stays in the jail as a whole."""


def exact_value(value: Any, base: type) -> Any:
    """The base value of ``value``, whose type is ``base`` or extends it."""
    if type(value) is base:
        return value
    return next((exact(value) for kind, exact in EXACT if kind is base), value)


OWN_TEXTS = frozenset({"__str__", "__repr__", "__format__", "__getattr__"})
"""Special methods that make a difference to tests where a class defines them beside its base type's."""


def is_of_program(value: Any) -> bool:
    """Whether a value stands for an object that only the program's process holds."""
    return getattr(type(value), "passgap_number", None) is not None


def has_own_names(value: Any, kind: type, base: type) -> bool:
    """Whether a value offers more than its base type does: a public attribute or method of a class of its own."""
    own = kind.__mro__[: kind.__mro__.index(base)]
    named = any(
        name[0] != "_" or name in OWN_TEXTS for one in own if one.__flags__ & HEAP_TYPE for name in one.__dict__
    )
    return named or any(type(name) is str and name[:1] != "_" for name in getattr(value, "__dict__", ()))


def _late_writer(kind: type) -> Callable[[Encoder, Any, int], Any] | None:
    for (module, name), writer in LATE.items():
        if kind is getattr(sys.modules.get(module), name, None):
            return writer
    return None


def _late(module: str, name: str) -> Any:
    return getattr(importlib.import_module(module), name)


def _identifier(name: str) -> Any:
    if name not in ADDRESSES and name != "UUID":
        raise ValueError(name)
    return _late("ipaddress" if name in ADDRESSES else "uuid", name)


class Decoder:
    """Turns JSON back into values, refusing everything that an encoder does not write.

    Args:
        opaque: makes the value of a tagged list that is not a plain value, or raises :class:`Malformed`.
    """

    def __init__(self, opaque: Callable[[list[Any]], Any]) -> None:
        self._opaque = opaque

    def decode(self, node: Any, depth: int = 0) -> Any:
        """Return the value of ``node``.

        Raises:
            Malformed: ``node`` is not an encoding.
        """
        if type(node) is not list:
            if type(node) is dict:
                raise Malformed("an object where a value should be")
            return node
        if depth > MAX_DEPTH + 2 or not node or type(node[0]) is not str:
            raise Malformed("a list without a tag, or too deep")
        reader = READERS.get(node[0])
        if reader is None:
            return self._opaque(node)
        try:
            return reader(self, node, depth)
        except (ArithmeticError, AttributeError, ImportError, LookupError, TypeError, ValueError) as error:
            raise Malformed(f"a damaged value: {type(error).__name__}") from error

    def _items(self, node: list[Any], depth: int) -> list[Any]:
        return [self.decode(item, depth + 1) for item in node[1:]]

    def _mapping(self, node: list[Any], depth: int) -> dict[Any, Any]:
        flat = self._items(node[1:], depth)
        result = MAPPINGS[node[1]]()
        for key, item in zip(flat[::2], flat[1::2], strict=True):
            result[key] = item
        return result

    def _array(self, node: list[Any], depth: int) -> Any:
        import numpy

        flat = self._items(node[2:], depth)
        return numpy.array(flat, dtype=dtype_of(node[1])).reshape([int(size) for size in node[2]])

    def _scalar(self, node: list[Any], depth: int) -> Any:
        import numpy

        return numpy.dtype(dtype_of(node[1])).type(self.decode(node[2], depth + 1))

    def _defaultdict(self, node: list[Any], depth: int) -> Any:
        factory = self.decode(node[1], depth + 1)
        return defaultdict(factory, self._mapping([None, "dict", *node[2:]], depth))


def dtype_of(text: Any) -> str:
    """The type of an array's items, of those that are plain.

    Raises:
        Malformed: it is another.
    """
    if type(text) is not str or not NUMERIC.fullmatch(text):
        raise Malformed("an array of an unknown kind")
    return text


READERS: dict[str, Callable[[Decoder, list[Any], int], Any]] = {
    "l": Decoder._items,
    "t": lambda own, node, depth: tuple(own._items(node, depth)),
    "s": lambda own, node, depth: set(own._items(node, depth)),
    "f": lambda own, node, depth: frozenset(own._items(node, depth)),
    "d": Decoder._mapping,
    "q": lambda own, node, depth: deque(own._items(node[1:], depth), maxlen=node[1]),
    "i": lambda own, node, depth: int(node[1], 16),
    "b": lambda own, node, depth: bytes.fromhex(node[1]),
    "B": lambda own, node, depth: bytearray.fromhex(node[1]),
    "m": lambda own, node, depth: memoryview(bytes.fromhex(node[1])),
    "c": lambda own, node, depth: complex(node[1], node[2]),
    "r": lambda own, node, depth: range(*own._items(node, depth)),
    ":": lambda own, node, depth: slice(*own._items(node, depth)),
    "D": lambda own, node, depth: _late("decimal", "Decimal")(node[1]),
    "F": lambda own, node, depth: _late("fractions", "Fraction")(*own._items(node, depth)),
    "T": lambda own, node, depth: _late("datetime", TIMES[node[1]]).fromisoformat(node[2]),
    "P": lambda own, node, depth: _late("datetime", "timedelta")(node[1], node[2], node[3]),
    "p": lambda own, node, depth: _late("pathlib", PATHS[node[1]])(node[2]),
    "u": lambda own, node, depth: _identifier(node[1])(node[2]),
    "n": Decoder._array,
    "v": Decoder._scalar,
    "e": Decoder._defaultdict,
}
