"""Immutable plain values with the attributes that their class in the program adds."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from ..exchange.value_types import Malformed

EXTENDABLE = (int, float, complex, str, bytes, tuple, frozenset)


def extended(proxy: Any, value: Any) -> Any:
    """Return an immutable plain value with the attributes that its class in the jail adds to those of its type.

    Raises:
        Malformed: values of this type are not extended.
    """
    if type(value) not in EXTENDABLE:
        raise Malformed("a value that cannot be extended")
    texts = [name for name in ("__repr__", "__str__", "__format__") if vars(type(proxy)).get(name) is not None]
    base: Any = type(value)
    result = _extending(base, tuple(texts))(value)
    result.__dict__["passgap_proxy"] = proxy
    return result


@functools.cache
def _extending(base: type, texts: tuple[str, ...]) -> Callable[[Any], Any]:
    def get(self: Any, name: str) -> Any:
        return getattr(self.__dict__["passgap_proxy"], name)

    def set_(self: Any, name: str, value: Any) -> None:
        setattr(self.__dict__["passgap_proxy"], name, value)

    def delete(self: Any, name: str) -> None:
        delattr(self.__dict__["passgap_proxy"], name)

    def reduce(self: Any, protocol: int) -> Any:
        return base, (base(self),)

    def text(name: str) -> Any:
        return lambda self, *operands: getattr(self.__dict__["passgap_proxy"], name)(*operands)

    names = {
        **{name: text(name) for name in texts},
        "__getattr__": get,
        "__setattr__": set_,
        "__delattr__": delete,
        "__reduce_ex__": reduce,
        "passgap_node": lambda self: self.passgap_proxy.passgap_node(),
        "passgap_number": property(lambda self: self.passgap_proxy.passgap_number),
    }
    return type(f"Extended{base.__name__.capitalize()}", (base,), names)
