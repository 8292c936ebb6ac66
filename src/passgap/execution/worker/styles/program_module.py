"""Modules that exist while tests run: the program's, under the names by which tests import it, and the tests' own."""

from __future__ import annotations

import contextlib
import sys
import types
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from .imports import SOLUTIONS


class Attributes(dict[str, Any]):
    """The names of the program's module, each looked up in the program when it is read."""

    def __init__(self, session: Any, public: Iterable[str]) -> None:
        super().__init__({name: None for name in public})
        self._session = session

    def __getitem__(self, name: str) -> Any:
        try:
            return self._session.attribute(name)
        except AttributeError:
            raise KeyError(name) from None

    def __contains__(self, name: object) -> bool:
        return self.get(str(name), self) is not self

    def get(self, name: str, default: Any = None) -> Any:
        """Return the object that the program calls ``name``, or ``default``."""
        try:
            return self[name]
        except KeyError:
            return default


class ProgramModule(types.ModuleType):
    """The program's module as its tests import it: every attribute is read, set and deleted in the program."""

    def __init__(self, name: str, session: Any, public: Iterable[str]) -> None:
        super().__init__(name)
        super().__setattr__("__all__", list(public))
        super().__setattr__("passgap_session", session)

    @property
    def __dict__(self) -> dict[str, Any]:  # type: ignore[override]
        return Attributes(self.passgap_session, self.__all__)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self.passgap_session.attribute(name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("__"):
            super().__setattr__(name, value)
        else:
            self.passgap_session.bind(name, value)

    def __delattr__(self, name: str) -> None:
        self.passgap_session.unbind(name)


@contextlib.contextmanager
def importable_program(session: Any, names: Iterable[str], public: Callable[[], Iterable[str]]) -> Iterator[None]:
    """Make ``import solution``, and each of ``names``, find the program's module."""
    known = {name: sys.modules.get(name) for name in names}
    module = ProgramModule(SOLUTIONS[0], session, public()) if known else None
    try:
        for name in known:
            sys.modules[name] = module  # type: ignore[assignment]
        yield
    finally:
        for name, before in known.items():
            if before is None:
                sys.modules.pop(name, None)
            else:
                sys.modules[name] = before


class TestsModule:
    """The tests' module, for parts of the standard library that look up a class's module by its name."""

    __test__ = False

    def __init__(self, namespace: dict[str, Any]) -> None:
        object.__setattr__(self, "_namespace", namespace)

    @property
    def __dict__(self) -> dict[str, Any]:  # type: ignore[override]
        names: dict[str, Any] = object.__getattribute__(self, "_namespace")
        return names

    def __getattr__(self, name: str) -> Any:
        try:
            return object.__getattribute__(self, "_namespace")[name]
        except KeyError:
            raise AttributeError(name) from None

    def __setattr__(self, name: str, value: Any) -> None:
        object.__getattribute__(self, "_namespace")[name] = value


@contextlib.contextmanager
def known_module(namespace: dict[str, Any], imported: Iterable[str]) -> Iterator[None]:
    """Let the tests' module be found by its name, unless the program's is imported by that name."""
    name = namespace["__name__"]
    before = sys.modules.get(name)
    if name not in imported:
        sys.modules[name] = TestsModule(namespace)  # type: ignore[assignment]
    try:
        yield
    finally:
        if name not in imported:
            sys.modules.pop(name, None)
            if before is not None:
                sys.modules[name] = before


@contextlib.contextmanager
def no_half_imports() -> Iterator[None]:
    """Remove modules whose import was interrupted: the next sample's tests import them again."""
    before = set(sys.modules)
    try:
        yield
    finally:
        for name in set(sys.modules) - before:
            spec = getattr(sys.modules[name], "__spec__", None)
            if getattr(spec, "_initializing", False):
                sys.modules.pop(name, None)
