"""Objects of the tests in the program's hands: lent by number, used here on its request, and never sent."""

from __future__ import annotations

from collections.abc import Callable
from types import MethodType, ModuleType
from typing import Any

from .ending import BadAnswer

ITERATOR_ITEMS = 1_000_000
TEXT_LENGTH = 300


class Lender:
    """What was lent to one program.

    Args:
        encode: returns the JSON of a value for the program.
        decode: returns the value of what the program sent.
    """

    def __init__(self, encode: Callable[[Any], Any], decode: Callable[[Any], Any]) -> None:
        self._encode = encode
        self._decode = decode
        self._lent: list[Any] = []
        self._numbers: dict[int, int] = {}
        self._source: Any = None
        """The object whose attribute is being sent, if any: less of what hangs on it is lent."""

    def lend(self, value: Any) -> Any:
        """Return the JSON that stands for ``value`` in the program: its items for an iterator, else its number.

        Raises:
            TypeError: it is none of the program's business.
        """
        if hasattr(type(value), "__next__"):
            items = [item for item, _ in zip(value, range(ITERATOR_ITEMS), strict=False)]
            return ["I", *[self._encode(item) for item in items]]
        if isinstance(value, ModuleType) or not self._may_reach(value):
            raise TypeError(f"a {type(value).__name__} of the tests is not lent to a program")
        number = self._numbers.get(id(value))
        if number is None:
            number = len(self._lent)
            self._lent.append(value)
            self._numbers[id(value)] = number
        return ["k" if callable(value) else "o", number]

    def returned(self, number: Any) -> Any:
        """Return the object that was lent by ``number``.

        Raises:
            LookupError: there is none.
        """
        if type(number) is not int or not 0 <= number < len(self._lent):
            raise LookupError(number)
        return self._lent[number]

    def use(self, question: list[Any]) -> list[Any]:
        """Do what the program asks with something lent to it, and return the message that answers it.

        Raises:
            BadAnswer: it is no such question.
        """
        try:
            _, operation, number, nodes = question
            target = self.returned(number)
            operands = [self._decode(node) for node in nodes]
        except (ValueError, TypeError, LookupError) as error:
            raise BadAnswer("a question that is none") from error
        try:
            value = use(operation, target, operands)
            self._source = None if operation == "call" else target
            return ["ok", self._encode(value)]
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the program asked for it, and gets it
            name = "SystemExit" if isinstance(error, SystemExit) else type(error).__name__
            return ["err", name, str(error)[:TEXT_LENGTH]]
        finally:
            self._source = None

    def _may_reach(self, value: Any) -> bool:
        """Whether what a program found on an object of the tests is lent to it too: its methods and its like."""
        if self._source is None:
            return True
        own_method = isinstance(value, MethodType) and value.__self__ is self._source
        return own_method or type(value).__module__ == type(self._source).__module__ != "builtins"


def use(operation: str, target: Any, operands: list[Any]) -> Any:
    """Call a function of the tests, or use the public side of one of their objects."""
    if operation == "call" and callable(target):
        return target(*operands)
    if callable(target):
        raise TypeError("a function of the tests can only be called")
    if operation in ("getattr", "setattr"):
        name = operands[0]
        if type(name) is not str or name.startswith("_"):
            raise AttributeError(str(name))
        if operation == "getattr":
            return getattr(target, name)
        if callable(getattr(type(target), name, None)):
            raise AttributeError(f"{name} is a method of an object of the tests, which they may rely on")
        return setattr(target, name, operands[1])
    if operation == "list":
        return list(target)
    if operation == "len":
        return len(target)
    raise TypeError("not offered")


def copy_back(ours: Any, theirs: Any) -> None:
    """Do to our list, dict or set what the program did to its copy."""
    kind = type(ours)  # not its class, which a stand-in may claim to be a list
    if kind is not type(theirs):
        return
    if issubclass(kind, list):
        if len(ours) == len(theirs):
            for index, (mine, other) in enumerate(zip(ours, theirs, strict=True)):
                if isinstance(mine, list | dict | set) and type(mine) is type(other):
                    copy_back(mine, other)
                else:
                    ours[index] = other
        else:
            ours[:] = theirs
    elif issubclass(kind, dict):
        for key, other in theirs.items():
            mine = ours.get(key)
            if isinstance(mine, list | dict | set) and type(mine) is type(other):
                copy_back(mine, other)
                theirs[key] = mine
        ours.clear()
        ours.update(theirs)
    elif issubclass(kind, set):
        ours.clear()
        ours.update(theirs)
