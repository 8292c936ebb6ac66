"""The names of a sample's program, as its tests read, bind and evaluate them."""

from __future__ import annotations

from typing import Any

from .program_objects import MISSING, ProgramObjects

ON_FRESH_INSTANCE = "on_fresh_instance"
METHODS_OWNER = "Solution"
"""The class in which a method is looked up if the tests name it without one."""


class Namespace:
    """The global names of one program.

    Args:
        objects: the program's objects.
    """

    def __init__(self, objects: ProgramObjects) -> None:
        self._objects = objects
        self._told: dict[str, Any] = {}
        self.watched: list[str] = []
        """The names that the tests use."""
        self.names: dict[str, Any] = {}
        self.methods_first = False
        """Whether a method of ``Solution`` hides a function of its name, which may be of what was executed before."""
        self.one_instance = False
        """Whether the methods of a class are all called on one instance of it."""
        self._instances: dict[type, Any] = {}

    def clear(self) -> None:
        """Drop all references to the program."""
        self.names = {}
        self._told.clear()

    def look_up(self, name: str) -> Any:
        """Return the object that the program calls ``name``, possibly a method; :data:`MISSING` if there is none.

        A method is looked up in the class that the name spells out, else in ``Solution``; each call gets a fresh
        instance, unless one is kept.
        """
        if name in self.names and not self._hidden(name):
            return self.names[name]
        owner, _, method = name.replace("()", "").rpartition(".")
        kind = self.names.get(owner or METHODS_OWNER)
        if not isinstance(kind, type) or not hasattr(kind, method):
            return MISSING

        def on_fresh_instance(*args: Any, **keywords: Any) -> Any:
            return getattr(self._instance_of(kind), method)(*args, **keywords)

        return on_fresh_instance

    def _hidden(self, name: str) -> bool:
        """Whether a method of ``Solution`` hides what the program calls ``name``."""
        return self.methods_first and hasattr(self.names.get(METHODS_OWNER), name)

    def _instance_of(self, kind: type) -> Any:
        if not self.one_instance:
            return kind()
        if kind not in self._instances:
            self._instances[kind] = kind()
        return self._instances[kind]

    def evaluate(self, source: Any, *scopes: Any) -> Any:
        """Do what ``eval`` does, in the program's names."""
        return eval(source, {**self.names, **(scopes[0] if scopes else {})}, *scopes[1:])  # noqa: S307 - in the jail

    def execute(self, source: Any, *scopes: Any) -> None:
        """Do what ``exec`` does, in the program's names."""
        names = scopes[0] if scopes else self.names
        exec(source, names, *scopes[1:])  # noqa: S102 - in the jail
        if scopes:
            names.pop("__builtins__", None)

    def bind(self, name: str, value: Any) -> None:
        """Bind a name."""
        self.names[name] = value

    def read(self, name: str) -> Any:
        """Return what a name is bound to.

        Raises:
            AttributeError: it is not bound.
        """
        try:
            return self.names[name]
        except KeyError:
            raise AttributeError(f"module 'solution' has no attribute {name!r}") from None

    def delete(self, name: str) -> None:
        """Unbind a name."""
        self.read(name)
        del self.names[name]

    def rebound(self) -> dict[str, Any]:
        """Return, encoded, the names that the tests use and that are bound to something else than before."""
        changed = {}
        for name in self.watched:
            value = MISSING if self._hidden(name) else self.names.get(name, MISSING)
            if value is MISSING and name not in self._told:
                value = self.look_up(name)
            elif value is MISSING and getattr(self._told[name], "__name__", "") == ON_FRESH_INSTANCE:
                continue
            if value is not self._told.get(name, MISSING):
                changed[name] = ["N"] if value is MISSING else self._objects.encode(value, self._objects.sharing)
                self._told[name] = value
        return changed
