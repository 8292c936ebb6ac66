"""Lists, dicts and the like that both sides of a conversation hold: one object on each side, equal at every message.

Such a container gets a number when it is first sent, and every message brings along what was done to the containers
since the last one. So a list that tests hand over twice is one list in the program too, and what either side does to it
the other side sees, as if both were one process. One that a side no longer uses is forgotten on both.
"""

from __future__ import annotations

import sys
from typing import Any

from .decoder import Decoder
from .encoder import WRITERS, Encoder, array_node
from .shared_container import ALONE, Shared, elements, fill, is_changed, unfolded
from .value_types import ATOMS, Malformed, exact_value

Entry = list[Any]
"""[number, node]: a container's number and its items, in which other containers are but numbers."""
Sync = list[Any]
"""[entries, numbers that the sender no longer uses]."""


KINDS = {"l": 1, "s": 1, "B": 1, "q": 2, "d": 2, "e": 2, "n": sys.maxsize}
"""How much of a node says what kind of container it is, before its items; an array cannot do without those."""
UNFOLDED_ITEMS = 1 << 23
"""About what the longest message can hold without containers that are held twice."""


class Heap:
    """One side's containers.

    Args:
        encoder: writes nodes; containers come back here through :meth:`refer`.
        decoder: reads nodes.
        parity: 0 or 1, so that both sides may number what they send.
    """

    def __init__(self, encoder: Encoder, decoder: Decoder, parity: int) -> None:
        encoder.refer = self.refer
        self._encoder = encoder
        self._decoder = decoder
        self._parity = parity
        self._next = parity
        self._shared: dict[int, Shared] = {}
        self._numbers: dict[int, int] = {}
        self._new: list[int] = []
        self._unused: list[int] = []
        self.met_again = 0
        """How often a container was sent that the other side knew already, or was changed by it."""

    def clear(self) -> None:
        """Forget everything."""
        self._shared.clear()
        self._numbers.clear()

    def refer(self, value: Any, base: type) -> Any:
        """Return the node of a container of a type that extends ``base``, or is it."""
        number = self._numbers.get(id(value))
        if number is None:
            number = self._next
            self._next += 2
            self._add(number, value, base)
            self._new.append(number)
        else:
            self.met_again += 1
        return ["@", number]

    def get(self, number: Any) -> Any:
        """Return the container of a number.

        Raises:
            Malformed: there is none.
        """
        if type(number) is not int or number not in self._shared:
            raise Malformed("a container that nobody sent")
        return self._shared[number].value

    def prune(self) -> None:
        """Forget what nothing on this side refers to any more. Called before a message is made.

        What was changed before that is kept until the other side has been told.
        """
        found = True
        while found:
            found = False
            for number, shared in list(self._shared.items()):
                if sys.getrefcount(shared.value) == ALONE + shared.pins and not is_changed(shared):
                    found = found or bool(shared.children)
                    del shared
                    self._forget(number)
                    self._unused.append(number)

    def changes(self) -> Sync:
        """Return what the other side has to be told, once everything else in the message is encoded."""
        entries = []
        for number, shared in list(self._shared.items()):
            if shared.seen is not None and is_changed(shared):
                entries.append([number, self._content(shared)])
        while self._new:
            number = self._new.pop()
            if number in self._shared:
                entries.append([number, self._content(self._shared[number])])
        unused, self._unused = self._unused, []
        return [entries, unused]

    def apply(self, sync: Any) -> None:
        """Do to our containers what the other side did to its own.

        Raises:
            Malformed: it is not what :meth:`changes` returns.
        """
        entries, unused = sync
        if type(entries) is not list or type(unused) is not list:
            raise Malformed("changes that are none")
        for number in unused:
            if type(number) is not int:
                raise Malformed("a number that is none")
            self._forget(number)
        for number, node in entries:
            if number in self._shared:
                self.met_again += 1
                continue
            if type(number) is not int or number < 0 or number % 2 == self._parity:
                raise Malformed("a container of a wrong number")
            self._add(number, *self._empty(node))
        for number, node in entries:
            fill(self._shared[number], self._decoder.decode(node))
        for number, _ in entries:
            self._remember(self._shared[number])
        if entries and unfolded(self._shared) > UNFOLDED_ITEMS:
            raise Malformed("lists that hold each other so often that nothing could walk through them")

    def _add(self, number: int, value: Any, base: type) -> None:
        self._shared[number] = Shared(value, base)
        self._numbers[id(value)] = number

    def _forget(self, number: int) -> None:
        shared = self._shared.pop(number, None)
        if shared is not None:
            del self._numbers[id(shared.value)]
            self._unpin(shared)

    def _unpin(self, shared: Shared) -> None:
        for child in shared.children:
            if child in self._shared:
                self._shared[child].pins -= 1

    def _content(self, shared: Shared) -> Any:
        value, base = exact_value(shared.value, shared.base), shared.base
        node = WRITERS[base](self._encoder, value, 0) if base in WRITERS else array_node(self._encoder, value, base)
        self._remember(shared)
        return node

    def _remember(self, shared: Shared) -> None:
        self._unpin(shared)
        shared.seen = seen = elements(shared)
        shared.children = []
        if type(seen) is list:
            shared.children = [number for item in seen if (number := self._numbers.get(id(item))) is not None]
        for child in shared.children:
            self._shared[child].pins += 1
        shared.reach = shared.children
        if type(seen) is list and any(kind in (tuple, frozenset) for kind in set(map(type, seen))):
            shared.reach = [*shared.children, *self._within(seen)]

    def _within(self, items: list[Any]) -> list[int]:
        """The containers in the tuples among ``items``, each as often as it is there."""
        waiting, found = [item for item in items if type(item) in (tuple, frozenset)], []
        while waiting:
            for item in waiting.pop():
                if type(item) in (tuple, frozenset):
                    waiting.append(item)
                elif type(item) not in ATOMS and (number := self._numbers.get(id(item))) is not None:
                    found.append(number)
        return found

    def _empty(self, node: Any) -> tuple[Any, type]:
        """A container of the kind that a node is of, and the kind."""
        if type(node) is not list or not node or type(node[0]) is not str or node[0] not in KINDS:
            raise Malformed("a container of an unknown kind")
        blank = node[: KINDS[node[0]]]
        made = self._decoder.decode(["B", ""] if node[0] == "B" else blank)
        return made, type(made)
