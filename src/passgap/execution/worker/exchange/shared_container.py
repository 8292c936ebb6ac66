"""A container that both sides of a conversation hold: its content when both were last equal, and changes since."""

from __future__ import annotations

import operator
import sys
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Mapping
from typing import Any

from .value_types import SHARED, Malformed


class Shared:
    """A container that both sides hold."""

    __slots__ = ("base", "children", "owner", "pins", "reach", "seen", "value")

    def __init__(self, value: Any, base: type) -> None:
        self.value = value
        self.base = base
        self.owner: Any = None
        """The array, held by both sides as well, of whose memory this one is a part."""
        self.seen: Any = None
        """Its content when both sides were last equal; None if the other side does not know it yet."""
        self.children: list[int] = []
        self.reach: list[int] = []
        """The numbers of its children and of containers in its tuples, once for each occurrence."""
        self.pins = 0
        """How many references to it are held by the :attr:`seen` of other containers."""


def _count_alone() -> int:
    probe = Shared([], list)
    return sys.getrefcount(probe.value)


ALONE = _count_alone()
"""References to a container that only its :class:`Shared` holds, as :func:`sys.getrefcount` counts them in the heap."""


def fill(shared: Shared, fresh: Any) -> None:
    """Replace the content of a container by that of another.

    Raises:
        Malformed: the other one is of another type.
    """
    value: Any = shared.value
    base: Any = shared.base
    if type(fresh) is not base:
        raise Malformed("a container whose type changed")
    if base is list:
        list.__setitem__(value, slice(None), fresh)
    elif base is bytearray:
        bytearray.__setitem__(value, slice(None), fresh)
    elif base is set:
        set.clear(value)
        set.update(value, fresh)
    elif base is deque:
        deque.clear(value)
        deque.extend(value, fresh)
    elif base is OrderedDict:
        OrderedDict.clear(value)
        OrderedDict.update(value, fresh)
    elif base in (dict, Counter, defaultdict):
        dict.clear(value)
        dict.update(value, fresh)
    elif value.shape == fresh.shape and value.flags.writeable:
        value[...] = fresh


def is_changed(shared: Shared) -> bool:
    """Whether the content of a container has changed since both sides were last equal."""
    base, value, seen = shared.base, shared.value, shared.seen
    if base is list:
        return len(seen) != list.__len__(value) or not all(map(operator.is_, seen, list.__iter__(value)))
    now = elements(shared)
    if type(seen) is not list:
        return bool(now != seen)
    return len(seen) != len(now) or not all(map(operator.is_, seen, now))


def elements(shared: Shared) -> Any:  # noqa: PLR0911 - one a kind of container
    """Return the content of a container: its items, to be compared by identity, or its bytes."""
    base, value = shared.base, shared.value
    if base is list:
        return list.__getitem__(value, slice(None))
    if base is bytearray:
        return bytes(value)
    if base is set:
        return list(set.__iter__(value))
    if base is deque:
        return list(deque.__iter__(value))
    if base in SHARED:
        kind: Any = OrderedDict if base is OrderedDict else dict
        return [*kind.keys(value), *kind.values(value)]
    if shared.owner is not None:
        return b""
    return value.tobytes()


def unfolded(shared: Mapping[int, Shared]) -> int:
    """Return the most items that any container has, counting those of the containers in it at each occurrence.

    ``==`` and ``repr`` walk for hours through a few lists that each hold the next one twice, and no signal interrupts
    them.
    """
    known: dict[int, int] = {}
    for first in shared:
        path = [first]
        while path:
            number = path[-1]
            reach = shared[number].reach if number in shared else []
            if number not in known:
                known[number] = 0  # one that holds itself ends in a RecursionError
                missing = [child for child in set(reach) if child not in known]
                if missing:
                    path += missing
                    continue
            path.pop()
            if known[number] == 0:
                size = len(shared[number].seen or ()) if number in shared else 0
                known[number] = 1 + size + sum(known.get(child, 0) for child in reach)
    return max(known.values(), default=0)
