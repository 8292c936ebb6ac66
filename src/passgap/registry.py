"""Tables whose members are found, not listed: one module per member, or an entry point of an installed distribution."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, Protocol, TypeVar

from passgap.errors import PassgapError

_NOT_MEMBERS = ("base",)
"""Modules of a package that define what its members share."""


class Named(Protocol):
    """Something that a table can hold: it has a name that people write in ``study.yaml`` and on the command line."""

    @property
    def name(self) -> str: ...


class RegistryError(PassgapError):
    """A table cannot be built: a module defines no member, a plugin cannot be imported, or two members share a name."""


class UnknownMemberError(PassgapError, KeyError):
    """A name that no member of a table has."""

    __str__ = PassgapError.__str__


Member = TypeVar("Member", bound=Named)


class Registry(Mapping[str, Member]):
    """The members of a table by name, found when they are first asked for.

    A member is the constant ``attribute`` of a module in ``package``, or the object that an entry point of the group
    ``group`` names (https://packaging.python.org/en/latest/specifications/entry-points/). In the package, ``base`` and
    modules whose name begins with an underscore are skipped, and so are subpackages without the constant; any other
    module without it is an error, so that a misspelt constant is not a member that is silently missing.

    Iteration is in the order of ``key``: by default of the members' ``position``, where they have one, then their name.
    """

    def __init__(
        self,
        *,
        package: str,
        attribute: str,
        group: str,
        noun: str = "member",
        key: Callable[[Member], Any] | None = None,
    ) -> None:
        """Describe a table; nothing is imported yet.

        Args:
            package: the package whose modules are walked.
            attribute: the constant that holds a module's member.
            group: the entry-point group in which other distributions offer theirs.
            noun: the word for a member in messages, such as "probe".
            key: the order of iteration.
        """
        self.package = package
        self.attribute = attribute
        self.group = group
        self.noun = noun
        self._key = key or _by_position
        self._found: dict[str, Member] | None = None

    def __getitem__(self, name: str) -> Member:
        """Return the member of that name.

        Raises:
            UnknownMemberError: there is none; the message lists those that there are.
            RegistryError: the table cannot be built.
        """
        members = self._members
        if name not in members:
            raise UnknownMemberError(
                f"there is no {self.noun} named `{name}`", [f"Known names: {', '.join(members) or 'none'}."]
            )
        return members[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)

    def __contains__(self, name: object) -> bool:
        return name in self._members

    def names(self) -> tuple[str, ...]:
        """The names of all members, in order."""
        return tuple(self._members)

    def refresh(self) -> None:
        """Forget what was found: the next access looks again. For tests that add a member."""
        self._found = None
        _groups.cache_clear()

    @property
    def _members(self) -> dict[str, Member]:
        if self._found is None:
            self._found = self._find()
        return self._found

    def _find(self) -> dict[str, Member]:
        places: dict[str, list[str]] = {}
        found: list[Member] = []
        for place, member in (*self._of_package(), *self._of_plugins()):
            places.setdefault(member.name, []).append(place)
            found.append(member)
        twice = [
            f"`{name}` is defined in {' and in '.join(where)}." for name, where in places.items() if len(where) > 1
        ]
        if twice:
            raise RegistryError(f"two {self.noun}s have the same name", twice)
        return {member.name: member for member in sorted(found, key=self._key)}

    def _of_package(self) -> Iterator[tuple[str, Member]]:
        package = importlib.import_module(self.package)
        for module in pkgutil.iter_modules(package.__path__):
            if module.name in _NOT_MEMBERS or module.name.startswith("_"):
                continue
            place = f"{self.package}.{module.name}"
            member = getattr(importlib.import_module(place), self.attribute, None)
            if member is not None:
                yield place, member
            elif not module.ispkg:
                raise RegistryError(
                    f"the module {place} defines no {self.noun}",
                    [
                        f"Assign the {self.noun} to the constant {self.attribute}, or begin the module's name with an "
                        "underscore if it defines none."
                    ],
                )

    def _of_plugins(self) -> Iterator[tuple[str, Member]]:
        for point in sorted(_installed(self.group), key=lambda each: (each.name, each.value)):
            yield f"{point.value} ({_origin(point)})", self._load(point)

    def _load(self, point: EntryPoint) -> Member:
        try:
            member: Member = point.load()
        except Exception as error:  # third-party code may raise anything while it is imported
            raise RegistryError(
                f"the {self.noun} `{point.name}` of {_origin(point)} cannot be loaded",
                [f"{point.value}: {type(error).__name__}: {error}. Mend or uninstall that distribution."],
            ) from error
        if getattr(member, "name", None) != point.name:
            raise RegistryError(
                f"the {self.noun} `{point.name}` of {_origin(point)} has another name",
                [f"{point.value} is named {getattr(member, 'name', None)!r}: entry point and member must agree."],
            )
        return member


def _installed(group: str) -> tuple[EntryPoint, ...]:
    """The entry points of all distributions in a group."""
    return _groups(tuple((place, _changed(place)) for place in sys.path)).get(group, ())


@lru_cache(maxsize=1)
def _groups(places: tuple[tuple[str, int], ...]) -> dict[str, tuple[EntryPoint, ...]]:
    """Those of the distributions in these places, as they are now: each registry would read all files anew."""
    del places
    found = entry_points()
    return {group: tuple(found.select(group=group)) for group in found.groups}


def _changed(place: str) -> int:
    """When a distribution was last installed in a place, or removed from it, in nanoseconds; 0 if it is not there."""
    try:
        return Path(place).stat().st_mtime_ns
    except OSError:
        return 0


def _by_position(member: Named) -> tuple[float, str]:
    return (getattr(member, "position", float("inf")), member.name)


def _origin(point: EntryPoint) -> str:
    return f"the distribution {point.dist.name} {point.dist.version}" if point.dist else "an unknown distribution"
