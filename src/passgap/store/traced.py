"""A study's folder that remembers which artifacts were asked for: what an arm used is what it has to pay for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import overload

from pydantic import JsonValue

from passgap.store.artifacts import Artifact, KindOfArtifact
from passgap.store.folder import StudyFolder


class TracedFolder(StudyFolder):
    """The same artifacts as those of another folder object, with a record of those that were asked for."""

    def __init__(self, folder: StudyFolder) -> None:
        super().__init__(folder.path)
        self._folder = folder
        self.used: set[Path] = set()
        """The folders of these artifacts, whether they exist or not."""

    @overload
    def artifact(self, name: str, inputs: Mapping[str, JsonValue]) -> Artifact: ...

    @overload
    def artifact(self, name: str, inputs: Mapping[str, JsonValue], kind: type[KindOfArtifact]) -> KindOfArtifact: ...

    def artifact(self, name: str, inputs: Mapping[str, JsonValue], kind: type[Artifact] = Artifact) -> Artifact:
        """Return the artifact of this name and these inputs, and remember it."""
        found = self._folder.artifact(name, inputs, kind)
        self.used.add(found.folder)
        return found
