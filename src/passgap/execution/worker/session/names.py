"""The program's objects by the names that its tests use, as last reported by the program."""

from __future__ import annotations

from typing import Any

from ..exchange.value_types import Malformed
from .translator import Translator


class Names:
    """The objects of one program by the names that its tests use."""

    def __init__(self, translator: Translator) -> None:
        self._translator = translator
        self._values: dict[str, Any] = {}
        self._of_objects: dict[int, str] = {}
        self.allowed: frozenset[str] = frozenset()
        """The names that the tests use, and so those that the program may bind."""

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def of(self, number: int) -> str:
        """Return the name of an object.

        Raises:
            LookupError: it has none.
        """
        return self._of_objects[number]

    def is_capitalised(self, number: int) -> bool:
        """Whether the tests know an object by a capitalised name, as classes have, and by nothing else.

        A program can let ``solution.sqrt``, or the value that a function returns, be one of its classes.
        """
        return number not in self._translator.otherwise and self._of_objects.get(number, "")[:1].isupper()

    def update(self, names: Any) -> None:
        """Note the names that the program has bound anew.

        Raises:
            Malformed: it may not bind them.
        """
        if not names.keys() <= self.allowed:
            raise Malformed("a name that nobody asked for")
        for name, node in names.items():
            if node == ["N"]:
                self._values.pop(name, None)
                continue
            self._translator.by_name = name[:1].isupper()
            try:
                self._values[name] = value = self._translator.decode(node)
            finally:
                self._translator.by_name = False
            if getattr(type(value), "passgap_number", None) is not None:
                self._of_objects[value.passgap_number] = name


def leads_by_name(operation: str, operands: tuple[Any, ...]) -> bool:
    """Whether a question asks for a class by its name, or for the class of an object."""
    if operation in ("type", "subclass", "super"):
        return True
    name = operands[-1] if operation in ("name", "getattr") else None
    return type(name) is str and (name[:1].isupper() or name in ("__mro__", "__bases__"))
