"""The folder of a study, in which artifacts are found by name and inputs."""

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
from passgap.store.kinds import ResultsArtifact
from passgap.store.ledger import Ledger

ROUNDS = "round-2"
"""The folder that holds the second rounds of a study, each in a folder that is named for its arm."""

_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")


class StudyFolder:
    """The folder of a study: ``study.yaml``, ``ledger.jsonl``, ``artifacts/`` and the reports.

    A part of the study, such as a second round, has its artifacts in a folder of its own within it, and its entries in
    the same ledger.
    """

    def __init__(self, path: AnyPath, part: str = "") -> None:
        """Open a study's folder.

        Args:
            path: the folder, which need not exist.
            part: the path of a part of the study within it, such as ``round-2/ssd``; empty for the study itself.
        """
        path = Path(path)
        self.path = path
        self.part = part
        self.ledger = Ledger(path / "ledger.jsonl", part)

    @property
    def artifacts(self) -> Path:
        return self.path / self.part / "artifacts"

    def index(self) -> tuple[IndexEntry, ...]:
        """List the artifacts in the order in which they were finished; of a part, its own."""
        return index_of(self.artifacts)

    def index_of_all(self) -> tuple[IndexEntry, ...]:
        """List the artifacts of the study and of all its parts."""
        parts = sorted(self.path.glob(f"{ROUNDS}/*/artifacts"))
        return (*index_of(self.path / "artifacts"), *(entry for each in parts for entry in index_of(each)))

    @overload
    def artifact(self, name: str, inputs: Mapping[str, JsonValue]) -> Artifact: ...

    @overload
    def artifact(self, name: str, inputs: Mapping[str, JsonValue], kind: type[KindOfArtifact]) -> KindOfArtifact: ...

    def artifact(self, name: str, inputs: Mapping[str, JsonValue], kind: type[Artifact] = Artifact) -> Artifact:
        """Return the artifact of this name and these inputs, whether it exists or not.

        An artifact that an earlier version made on a machine with another number of cores counts as the same.

        Args:
            name: the artifact's name, which ends in its kind.
            inputs: everything that it is made from.
            kind: the class of the artifact.
        """
        if not _NAME.fullmatch(name):
            raise ValueError(f"an artifact's name is lower case letters, digits and dashes: {name!r}")
        if kind.kind and not name.endswith(f"-{kind.kind}"):
            raise ValueError(f"the name of an artifact of this kind ends in -{kind.kind}: {name!r}")
        exact = kind(self.artifacts / f"{name}-{digest_of(dict(inputs))[:12]}", name, inputs)
        if exact.complete:
            return exact
        alike = [each for each in self.index() if each.name == name and same_but_for_the_machine(each.inputs, inputs)]
        if not alike or (exact.folder.exists() and not any(each.complete for each in alike)):
            return exact
        found = next((each for each in reversed(alike) if each.complete), alike[-1])
        return kind(found.folder, name, found.inputs)


class FinishedFolder(StudyFolder):
    """The folder of a study that is open read-only: its artifacts may have been made on any machine.

    Beginning an artifact that is not complete raises :class:`~passgap.errors.NotOnDiskError`.
    """

    @overload
    def artifact(self, name: str, inputs: Mapping[str, JsonValue]) -> Artifact: ...

    @overload
    def artifact(self, name: str, inputs: Mapping[str, JsonValue], kind: type[KindOfArtifact]) -> KindOfArtifact: ...

    def artifact(self, name: str, inputs: Mapping[str, JsonValue], kind: type[Artifact] = Artifact) -> Artifact:
        """Return the artifact of these inputs, or else the last complete one that agrees in the binding inputs."""
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
        scored = [
            each for each in artifacts if select(index, wanted={"samples": each.digest}, kind=ResultsArtifact.kind)
        ]
        return (scored or artifacts or [missing])[-1]
