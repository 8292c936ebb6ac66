"""Numpy arrays that share the memory of another one, such as rows, slices and transposes.

The array that owns the memory is a container of the heap like any other, and its views are described by where they lie
in it. So a change through a view is seen in the whole, on both sides.
"""

from __future__ import annotations

import sys
from typing import Any

from .value_types import NUMERIC, Malformed

VIEW = "w"
LARGEST_OWNER = 1 << 20
"""The bytes of the largest array that is sent for the sake of a view of it; views of larger ones are copies."""


def owner_of(view: Any, kind: Any) -> Any:
    """Return the array whose memory a view shares; None if it is no view, or is sent as a copy."""
    if type(view) is not kind:
        return None
    owner: Any = view
    while type(owner.base) is kind:
        owner = owner.base
    if owner is view or owner.base is not None or not owner.flags.c_contiguous or owner.nbytes > LARGEST_OWNER:
        return None
    return owner if owner.itemsize == view.itemsize and NUMERIC.fullmatch(owner.dtype.str) else None


def view_node(view: Any, owner: Any, number: int) -> list[Any]:
    """Return the node of a view of the array with a number."""
    offset = view.__array_interface__["data"][0] - owner.__array_interface__["data"][0]
    places = [list(view.shape), list(view.strides), offset, bool(view.flags.writeable)]
    return [VIEW, number, str(view.dtype.str), *places]


def view_of(owner: Any, node: list[Any], dtype: str) -> Any:
    """Return the view of an array that a node describes.

    Raises:
        Malformed: it does not lie within the array.
    """
    numpy: Any = sys.modules.get("numpy")
    _, _, _, shape, strides, offset, writeable = node
    numbers = [*shape, *strides, offset]
    if numpy is None or type(owner) is not numpy.ndarray or any(type(number) is not int for number in numbers):
        raise Malformed("a view of something that is not an array")
    try:
        made = numpy.ndarray(tuple(shape), dtype, owner, offset, tuple(strides))
    except (TypeError, ValueError, OverflowError, MemoryError) as error:
        raise Malformed("a view that does not lie within its array") from error
    made.flags.writeable = bool(writeable) and bool(owner.flags.writeable)
    return made
