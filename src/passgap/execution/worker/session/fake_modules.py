"""Modules that tests put into ``sys.modules``, for a program to import them there."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from .replaced_attributes import Change

OWN_NAMES = "_passgap"
FAKE = "fake"
"""The operation that gives a program a module."""


class FakeModules:
    """Tracks what tests put into ``sys.modules`` by hand."""

    def __init__(self) -> None:
        self._before = dict(sys.modules)
        self._sent: dict[str, Any] = {}

    def changes(self) -> Iterator[Change]:
        """Yield modules that the program does not know yet, or that have changed, and names that are gone."""
        for name, value in list(sys.modules.items()):
            if self._before.get(name, self) is value and name not in self._sent:
                continue
            if not _is_fake(name, value):
                continue
            content = _content(name, value)
            if name not in self._sent or not _same(self._sent[name], content):
                self._sent[name] = content
                yield FAKE, [name, type(value) is ModuleType, content]
        for name in [name for name, value in self._sent.items() if not _is_fake(name, sys.modules.get(name, self))]:
            del self._sent[name]
            yield FAKE, [name]


def _is_fake(name: str, value: Any) -> bool:
    if value is None:
        return True
    if isinstance(value, FakeModules) or name.startswith(OWN_NAMES) or getattr(type(value), "__test__", True) is False:
        return False
    if not isinstance(value, ModuleType):
        return True
    return type(value) is ModuleType and getattr(value, "__spec__", None) is None and name != "__main__"


def _content(name: str, value: Any) -> Any:
    """Return the public attributes of a module made by hand, or the object that stands for one."""
    if type(value) is not ModuleType:
        return value
    return {
        key: each
        for key, each in vars(value).items()
        if key[:2] != "__" and not (isinstance(each, ModuleType) and f"{name}.{key}" in sys.modules)
    }


def _same(one: Any, other: Any) -> bool:
    if type(one) is not dict or type(other) is not dict:
        return one is other
    return one.keys() == other.keys() and all(one[key] is other[key] for key in one)
