"""A study's folder that remembers which artifacts were asked for: what an arm used is what it has to pay for."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import overload

from pydantic import JsonValue

from passgap.errors import StoreError
from passgap.store.artifacts import Artifact, KindOfArtifact
from passgap.store.files import read_json, write_json
from passgap.store.folder import StudyFolder


class TracedFolder(StudyFolder):
    """The same artifacts as those of another folder object, with a record of those that were asked for.

    The record is kept next to the artifacts: when its model is there, an arm no longer asks for what it was made from.
    """

    def __init__(self, folder: StudyFolder, name: str, *, writes: bool = False) -> None:
        """Go on with the record of a name.

        Args:
            folder: gives the artifacts.
            name: of what they are used for, as in the names of its own artifacts.
            writes: whether the record is brought up to date with every artifact that is asked for, so that it has what
                was made before even if the process is killed; otherwise only :meth:`keep` writes.
        """
        super().__init__(folder.path, folder.part)
        self._folder = folder
        self._record = self.artifacts / f"{name}.used.json"
        self._kept = _read(self._record)
        self._asked: set[str] = set()
        self._writes = writes

    @property
    def used(self) -> frozenset[Path]:
        """The folders of these artifacts, now and earlier, whether they exist or not."""
        return frozenset(self.artifacts / name for name in self._kept | self._asked)

    def keep(self) -> None:
        """Write down what is new in the record.

        Raises:
            StoreError: the disk is full, or the folder is not writable.
        """
        there = {name for name in self._asked if (self.artifacts / name).exists()}
        if not there <= self._kept:
            self._kept |= there
            write_json(self._record, sorted(self._kept))

    @overload
    def artifact(self, name: str, inputs: Mapping[str, JsonValue]) -> Artifact: ...

    @overload
    def artifact(self, name: str, inputs: Mapping[str, JsonValue], kind: type[KindOfArtifact]) -> KindOfArtifact: ...

    def artifact(self, name: str, inputs: Mapping[str, JsonValue], kind: type[Artifact] = Artifact) -> Artifact:
        """Return the artifact of this name and these inputs, and remember it.

        Raises:
            StoreError: the record cannot be written.
        """
        found = self._folder.artifact(name, inputs, kind)
        if self._writes:
            self.keep()
        self._asked.add(found.folder.name)
        return found


def _read(record: Path) -> set[str]:
    """The names of folders in a record; one that cannot be read is begun anew."""
    with suppress(StoreError):
        written = read_json(record) if record.exists() else []
        return set(map(str, written)) if isinstance(written, list) else set()
    return set()
