"""Lists, dicts and other mutable containers that both sides of a conversation hold, kept equal with every message.

A container gets a number when it is first sent, and every message carries the changes made to containers since the last
one. So a list that tests pass twice is one list in the program too, and a change on either side is seen on the other,
as if both were one process. A container that one side no longer uses is forgotten on both.
"""

from __future__ import annotations

import sys
from typing import Any

from .array_views import VIEW, owner_of, view_node, view_of
from .shared_container import ALONE, Shared, elements, fill, is_changed, unfolded
from .value_decoder import Decoder, dtype_of
from .value_encoder import WRITERS, Encoder, array_node
from .value_types import ATOMS, SHARED, Malformed, exact_value

Entry = list[Any]
"""[number, node]: a container's number and its items, in which other containers appear as numbers."""
Sync = list[Any]
"""[entries, numbers that the sender no longer uses]."""


KINDS = {"l": 1, "s": 1, "B": 1, "q": 2, "d": 2, "e": 2, "n": sys.maxsize, VIEW: sys.maxsize}
VIEW_PARTS = 7
"""How many leading parts of a node tell the kind of container; of an array, all of them."""
UNFOLDED_ITEMS = 1 << 23
"""About as many items as the longest message can hold if no container appears in it twice."""


class Heap:
    """The containers on one side.

    Args:
        encoder: writes nodes; it hands containers to :meth:`refer`.
        decoder: reads nodes.
        parity: 0 or 1; the numbers that this side gives are even or odd, so that both sides can give numbers.
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
        """How often a container was sent that the other side already had, or was changed by the other side."""

    def clear(self) -> None:
        """Forget everything."""
        self._shared.clear()
        self._numbers.clear()

    def refer(self, value: Any, base: type) -> Any:
        """Return the node of a container whose type is ``base`` or extends it."""
        number = self._numbers.get(id(value))
        if number is None:
            if base not in SHARED and (owner := owner_of(value, base)) is not None:
                self.refer(owner, base)
            number = self._next
            self._next += 2
            self._add(number, value, base)
            self._new.append(number)
        else:
            self.met_again += 1
        return ["@", number]

    def get(self, number: Any) -> Any:
        """Return the container with a number.

        Raises:
            Malformed: no container has it.
        """
        if type(number) is not int or number not in self._shared:
            raise Malformed("a container that nobody sent")
        return self._shared[number].value

    def prune(self) -> None:
        """Forget containers that nothing on this side refers to any more; called before a message is made.

        A container with changes that the other side has not seen is kept until it has.
        """
        waiting = list(self._shared)
        while waiting:
            number = waiting.pop()
            shared = self._shared.get(number)
            if shared is None or sys.getrefcount(shared.value) != ALONE + shared.pins or is_changed(shared):
                continue
            waiting += shared.reach  # only what it held can have become unused with it
            del shared
            self._forget(number)
            self._unused.append(number)

    def changes(self) -> Sync:
        """Return the changes since the last message; called when everything else in the message is encoded."""
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
        """Apply the changes that the other side made to its containers.

        Raises:
            Malformed: these are not changes as :meth:`changes` returns them.
        """
        entries, unused = sync
        if type(entries) is not list or type(unused) is not list:
            raise Malformed("malformed changes")
        for number in unused:
            if type(number) is not int:
                raise Malformed("a container number that is not an integer")
            self._forget(number)
        for number, node in sorted(entries, key=_is_view):
            if number in self._shared:
                self.met_again += 1
                continue
            if type(number) is not int or number < 0 or number % 2 == self._parity:
                raise Malformed("a container with a number of this side")
            self._add(number, *self._empty(node))
        for number, node in entries:
            if node[0] != VIEW:
                fill(self._shared[number], self._decoder.decode(node))
        for number, _ in entries:
            self._remember(self._shared[number])
        if entries and unfolded(self._shared) > UNFOLDED_ITEMS:
            raise Malformed("containers nested so often that nothing could walk through them")

    def _add(self, number: int, value: Any, base: type) -> None:
        self._shared[number] = shared = Shared(value, base)
        self._numbers[id(value)] = number
        if base not in SHARED and (owner := owner_of(value, base)) is not None and id(owner) in self._numbers:
            shared.owner = owner

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
        if shared.owner is not None:
            node = view_node(value, shared.owner, self._numbers[id(shared.owner)])
            self._remember(shared)
            return node
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
        """Return the numbers of the containers in the tuples among ``items``, once for each occurrence."""
        waiting, found = [item for item in items if type(item) in (tuple, frozenset)], []
        while waiting:
            for item in waiting.pop():
                if type(item) in (tuple, frozenset):
                    waiting.append(item)
                elif type(item) not in ATOMS and (number := self._numbers.get(id(item))) is not None:
                    found.append(number)
        return found

    def _empty(self, node: Any) -> tuple[Any, type]:
        """Return an empty container of the kind that a node encodes, and its type."""
        if type(node) is not list or not node or type(node[0]) is not str or node[0] not in KINDS:
            raise Malformed("a container of an unknown kind")
        if node[0] == VIEW:
            if len(node) != VIEW_PARTS:
                raise Malformed("a malformed view")
            owner = self.get(node[1])
            return view_of(owner, node, dtype_of(node[2])), type(owner)
        blank = node[: KINDS[node[0]]]
        made = self._decoder.decode(["B", ""] if node[0] == "B" else blank)
        return made, type(made)


def _is_view(entry: Any) -> bool:
    """Whether an entry is of an array that shares the memory of another, which has to be there first."""
    return bool(entry[1]) and type(entry[1]) is list and entry[1][0] == VIEW
