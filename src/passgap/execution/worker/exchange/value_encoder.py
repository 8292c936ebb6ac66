"""Encodes plain values as JSON, without ever calling a method that a program could have written.

Atoms (None, bool, float, str and ints below 2**63) are encoded as themselves; every other value becomes a list that
begins with its tag. A value of a subclass is encoded as its exact base value, taken by the base type's own C function,
so that an overridden ``__eq__``, ``__hash__`` or ``__iter__`` is never called. What is not plain becomes an opaque
handle. So does a value of a subclass with attributes or methods of its own (a named tuple, an enumeration, a cache made
of a dict), beside its base value if that is immutable.
"""

from __future__ import annotations

import sys
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable
from typing import Any

from .type_forms import MODULES, form_node
from .value_types import ADDRESSES, ATOMS, EXACT, MAX_DEPTH, NUMERIC, SHARED, TooDeep, has_own_names

SMALL = 1 << 63
Opaque = Callable[[object], Any]
Extended = Callable[[Any, type, Callable[[Any], Any]], Any]


class Encoder:
    """Turns values into JSON.

    Args:
        opaque: encodes what is not plain.
        extended: encodes values of subclasses with names of their own, from (value, base type, function that takes the
            exact base value); returns None to have the base value alone encoded.
    """

    def __init__(self, opaque: Opaque, extended: Extended | None = None) -> None:
        self._opaque = opaque
        self._extended = extended
        self.refer: Callable[[Any, type], Any] | None = None
        """Returns the node of a mutable container; by default its items are written in place."""

    def encode(self, value: object, depth: int = 0) -> Any:  # noqa: PLR0911 - one a kind of value
        """Return ``value`` as JSON.

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
        if kind.__module__ in MODULES and (form := form_node(value, kind, self.encode)) is not None:
            return form
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
        """Return the node of a numpy array or scalar; None for anything else, or if its items are not plain values."""
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
    """Return the node of a numpy array, with its items."""
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
    ("_datetime", "date"): lambda own, value, depth: ["T", "date", value.isoformat()],
    ("_datetime", "datetime"): lambda own, value, depth: ["T", "datetime", value.isoformat()],
    ("_datetime", "time"): lambda own, value, depth: ["T", "time", value.isoformat()],
    ("pathlib", "PosixPath"): lambda own, value, depth: ["p", "Path", str(value)],
    ("pathlib", "PurePosixPath"): lambda own, value, depth: ["p", "PurePosixPath", str(value)],
    ("_datetime", "timedelta"): lambda own, value, depth: ["P", value.days, value.seconds, value.microseconds],
    ("uuid", "UUID"): lambda own, value, depth: ["u", "UUID", str(value)],
    **{("ipaddress", name): lambda own, value, depth: ["u", type(value).__name__, str(value)] for name in ADDRESSES},
}
"""Writers for types of modules that only some programs import."""


def _late_writer(kind: type) -> Callable[[Encoder, Any, int], Any] | None:
    for (module, name), writer in LATE.items():
        if kind is getattr(sys.modules.get(module), name, None):
            return writer
    return None
