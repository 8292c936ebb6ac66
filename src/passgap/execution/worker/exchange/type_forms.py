"""Type annotations as plain values: ``list[int]``, ``int | None``, ``Optional[str]``, ``Callable[..., T]``."""

from __future__ import annotations

import builtins
import sys
import types
from collections.abc import Callable
from typing import Any

from .value_types import Malformed

MODULES = ("types", "typing")
FORMS = frozenset(
    {"_GenericAlias", "_UnionGenericAlias", "_LiteralGenericAlias", "_CallableGenericAlias", "_SpecialForm"}
    | {"_SpecialGenericAlias", "_CallableType", "_TupleType", "_AnyMeta"}
)
"""The types of :mod:`typing` whose values can be written as one name with arguments."""


def form_node(value: Any, kind: type, encode: Callable[[Any], Any]) -> list[Any] | None:
    """Return the node of an annotation; None for any other value, and for a class of the program with arguments."""
    if kind is types.UnionType:
        return ["U", *map(encode, value.__args__)]
    if kind is types.GenericAlias:
        origin = value.__origin__
        known = getattr(builtins, origin.__name__, None) is origin
        return ["A", origin.__name__, *map(encode, value.__args__)] if known else None
    typing = sys.modules["typing"]
    if value is getattr(typing, "Any", None):
        return ["Y", "Any"]
    if kind.__module__ != "typing" or kind.__name__ not in FORMS:
        return None
    name = getattr(value, "_name", None)
    if name == "Optional" and hasattr(value, "__args__"):
        name = "Union"
    name = name or getattr(value.__origin__, "_name", None)
    if getattr(typing, str(name), None) is None or name not in vars(typing).get("__all__", ()):
        return None
    return ["Y", name, *([list(map(encode, value.__args__))] if hasattr(value, "__args__") else [])]


def form_of(node: list[Any], decode: Callable[[Any], Any]) -> Any:
    """Return the annotation that a node encodes.

    Raises:
        Malformed: it encodes none.
    """
    tag, *rest = node
    if tag == "U":
        first, *others = map(decode, rest)
        for other in others:
            first = first | other
        return first
    name, *rest = rest
    if tag == "A":
        origin = vars(builtins).get(name)
        if not isinstance(origin, type):
            raise Malformed("an annotation of an unknown type")
        return types.GenericAlias(origin, tuple(map(decode, rest)))
    import typing

    if name not in typing.__all__:
        raise Malformed("an unknown annotation")
    form = getattr(typing, name)
    if not rest:
        return form
    arguments = list(map(decode, rest[0]))
    if name == "Callable" and arguments:
        taken = arguments[0] if arguments[0] is ... else arguments[:-1]
        return form[taken, arguments[-1]]
    return form[tuple(arguments)]
