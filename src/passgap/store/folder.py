"""The folder of a study, which artifacts are found in by name and inputs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import overload

from pydantic import JsonValue

from passgap.paths import AnyPath
from passgap.records import digest_of
from passgap.store.artifacts import Artifact, KindOfArtifact
from passgap.store.index import IndexEntry, index_of, same_but_for_the_machine, select
from passgap.store.ledger import Ledger

_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")


class StudyFolder:
    """The folder of a study: ``study.yaml``, ``ledger.jsonl``, ``artifacts/`` and the reports."""

    def __init__(self, path: AnyPath) -> None:
        path = Path(path)
        self.path = path
        self.ledger = Ledger(path / "ledger.jsonl")

    @property
    def artifacts(self) -> Path:
        return self.path / "artifacts"

    def index(self) -> tuple[IndexEntry, ...]:
        """List the artifacts, in the order in which they were finished."""
        return index_of(self.artifacts)

    @overload
    def artifact(self, name: str, inputs: Mapping[str, JsonValue]) -> Artifact: ...

    @overload
    def artifact(self, name: str, inputs: Mapping[str, JsonValue], kind: type[KindOfArtifact]) -> KindOfArtifact: ...

    def artifact(self, name: str, inputs: Mapping[str, JsonValue], kind: type[Artifact] = Artifact) -> Artifact:
        """Return the artifact of this name and these inputs, whether it exists or not.

        One that an earlier version made on a machine with other cores is the same artifact.

        Args:
            name: of the artifact: what is sampled or made, and its kind last.
            inputs: everything that it is made from.
            kind: the class of artifact that it is.
        """
        if not _NAME.fullmatch(name):
            raise ValueError(f"an artifact's name is lower case letters, digits and dashes: {name!r}")
        exact = kind(self.artifacts / f"{name}-{digest_of(dict(inputs))[:12]}", name, inputs)
        if exact.complete:
            return exact
        alike = [each for each in self.index() if each.name == name and same_but_for_the_machine(each.inputs, inputs)]
        if not alike or (exact.folder.exists() and not any(each.complete for each in alike)):
            return exact
        found = next((each for each in reversed(alike) if each.complete), alike[-1])
        return kind(found.folder, name, found.inputs)


class FinishedFolder(StudyFolder):
    """A study's folder that is only read: its artifacts are those that were made for it, on whatever machine.

    One that is not complete cannot be begun: that raises :class:`~passgap.errors.NotOnDiskError`.
    """

    @overload
    def artifact(self, name: str, inputs: Mapping[str, JsonValue]) -> Artifact: ...

    @overload
    def artifact(self, name: str, inputs: Mapping[str, JsonValue], kind: type[KindOfArtifact]) -> KindOfArtifact: ...

    def artifact(self, name: str, inputs: Mapping[str, JsonValue], kind: type[Artifact] = Artifact) -> Artifact:
        """Return the artifact of these inputs, or the last complete one that differs in what was not declared."""
        exact = super().artifact(name, inputs, kind)
        if exact.complete:
            return exact
        missing = kind(exact.folder, name, inputs, read_only=True)
        if kind.binding is None:
            return missing
        asked = IndexEntry(folder=exact.folder, name=name, inputs=dict(inputs))
        index = self.index()
        found = select(index, name, {path: asked.value(path) for path in kind.binding})
        artifacts = [kind(each.folder, name, each.inputs) for each in found]
        scored = [each for each in artifacts if select(index, wanted={"samples": each.digest}, kind="results")]
        return (scored or artifacts or [missing])[-1]
