"""The state that gateways on several machines share: each folder's flip and aliases are brought to those of the store.

A folder keeps what it and the store last agreed on. What has changed since then, here or there, is taken over by the
other side; where both have changed, a rollback prevails, and of two values the later one. So what is changed while the
store cannot be reached holds in its folder at once, and everywhere as soon as the store is back.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from passgap.promotion.gateway.aliases_file import read_aliases, write_aliases
from passgap.promotion.gateway.flip import Flip, read_flip, remove_flip, write_flip
from passgap.promotion.routing.roles import Aliases
from passgap.records import Record
from passgap.store.file_lock import hold
from passgap.store.files import read_json, write_json

Value = TypeVar("Value", Flip, Aliases)


class SharedState(Protocol):
    """The values of a study in a store, by name."""

    def read_value(self, name: str) -> tuple[int, str | None]:
        """The number of changes so far, and the value as JSON; 0 and None where there never was one.

        Raises:
            StoreError: the store cannot be reached.
        """
        ...

    def write_value(self, name: str, value: str | None, *, after: int, version: int) -> bool:
        """Change a value; whether nobody was quicker.

        Args:
            name: of the value.
            value: the new one, as JSON; None ends the one that is there.
            after: the number of changes that the caller has read.
            version: the new number.

        Raises:
            StoreError: the store cannot be reached.
        """
        ...


@dataclass(frozen=True)
class Shared(Generic[Value]):
    """A value that a folder has in a file of its own."""

    name: str
    kind: type[Value]
    read: Callable[[Path], Value | None]
    write: Callable[[Path, Value], object]
    remove: Callable[[Path], object]


FLIP: Shared[Flip] = Shared("flip", Flip, read_flip, write_flip, remove_flip)
ALIASES: Shared[Aliases] = Shared("aliases", Aliases, read_aliases, write_aliases, lambda study: None)
"""Aliases are changed and never removed."""


class Agreed(Record):
    """The state that a folder and the store last agreed on."""

    version: int = 0
    value: str | None = None
    """As JSON."""


def agree_on_all(study: Path, shared: SharedState) -> bool:
    """Bring the flip and the aliases of a folder and of the store to agree; whether the folder's changed.

    Raises:
        StoreError: the store cannot be reached; the folder's are as they were.
    """
    flipped, moved = agree(study, shared, FLIP), agree(study, shared, ALIASES)
    return flipped or moved


def agree(study: Path, shared: SharedState, what: Shared[Value]) -> bool:
    """Bring one value of a folder and of the store to agree; whether the folder's changed.

    Args:
        study: the folder.
        shared: the store's.
        what: the value.

    Raises:
        StoreError: the store cannot be reached; the folder's value is as it was.
    """
    with _alone(study, what.name) as kept:
        while True:
            agreed = Agreed.model_validate(read_json(kept)) if kept.exists() else Agreed()
            version, stored = shared.read_value(what.name)
            theirs = what.kind.model_validate_json(stored) if stored is not None else None
            before = what.kind.model_validate_json(agreed.value) if agreed.value is not None else None
            ours = what.read(study)
            wanted = theirs if version > agreed.version and ours == before else ours
            if version > agreed.version and ours != before:
                wanted = max((each for each in (ours, theirs) if each is not None), key=_time, default=None)
            text = wanted.model_dump_json() if wanted is not None else None
            if wanted != theirs:
                # A store with fewer changes than were agreed on has lost some, as where an older copy was restored.
                following = max(version, agreed.version) + 1
                if not shared.write_value(what.name, text, after=version, version=following):
                    continue
                version = following
            changed = wanted != ours
            if changed and what.read(study) != ours:
                continue  # a command was quicker
            if changed and wanted is not None:
                what.write(study, wanted)
            elif changed:
                what.remove(study)
            now = Agreed(version=version, value=text)
            if now != agreed:
                write_json(kept, now.model_dump(mode="json"))
            return changed


def _time(value: Flip | Aliases) -> float:
    return value.time.timestamp()


@contextmanager
def _alone(study: Path, name: str) -> Iterator[Path]:
    """Keep the other gateways of the folder waiting; yields the file with what was agreed on."""
    kept = study / "promotion" / f"shared-{name}.json"
    kept.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(kept.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        hold(descriptor)
        yield kept
    finally:
        os.close(descriptor)
