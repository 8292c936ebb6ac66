"""Decodes values from the JSON that :mod:`.value_encoder` writes, and refuses everything else."""

from __future__ import annotations

import importlib
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable
from typing import Any

from .type_forms import form_of
from .value_types import ADDRESSES, MAX_DEPTH, NUMERIC, Malformed

MAPPINGS: dict[str, Callable[[], dict[Any, Any]]] = {
    "dict": dict,
    "Counter": Counter,
    "OrderedDict": OrderedDict,
}
PATHS = {"Path": "Path", "PurePosixPath": "PurePosixPath"}
TIMES = {"date": "date", "datetime": "datetime", "time": "time"}


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
            Malformed: ``node`` does not encode a value.
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
        made = numpy.array(flat, dtype=dtype_of(node[1]))
        made.shape = tuple(int(size) for size in node[2])  # and not reshaped, which makes a view of it
        return made

    def _scalar(self, node: list[Any], depth: int) -> Any:
        import numpy

        return numpy.dtype(dtype_of(node[1])).type(self.decode(node[2], depth + 1))

    def _form(self, node: list[Any], depth: int) -> Any:
        return form_of(node, lambda part: self.decode(part, depth + 1))

    def _defaultdict(self, node: list[Any], depth: int) -> Any:
        factory = self.decode(node[1], depth + 1)
        return defaultdict(factory, self._mapping([None, "dict", *node[2:]], depth))


def dtype_of(text: Any) -> str:
    """Return the dtype of an array whose items are plain values.

    Raises:
        Malformed: items of this dtype are not plain values.
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
    "T": lambda own, node, depth: _late("_datetime", TIMES[node[1]]).fromisoformat(node[2]),
    "P": lambda own, node, depth: _late("_datetime", "timedelta")(node[1], node[2], node[3]),
    "p": lambda own, node, depth: _late("pathlib", PATHS[node[1]])(node[2]),
    "u": lambda own, node, depth: _identifier(node[1])(node[2]),
    "n": Decoder._array,
    "v": Decoder._scalar,
    "e": Decoder._defaultdict,
    "U": Decoder._form,
    "A": Decoder._form,
    "Y": Decoder._form,
}


def _late(module: str, name: str) -> Any:
    return getattr(importlib.import_module(module), name)


def _identifier(name: str) -> Any:
    if name not in ADDRESSES and name != "UUID":
        raise ValueError(name)
    return _late("ipaddress" if name in ADDRESSES else "uuid", name)
