"""Artifacts: the outputs of a stage, kept under the digest of everything that went into it.

A stage asks for its artifact by name and inputs. The same inputs give the same folder, so a step that is done is not
done again and a step that was interrupted goes on from its last finished shard; other inputs give another folder, and
nothing measured is ever overwritten. ``manifest.json``, written last, marks an artifact as complete.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from pydantic import JsonValue

from passgap.errors import StoreError
from passgap.paths import AnyPath
from passgap.records import SCHEMA_VERSION, digest_of, readable_schema
from passgap.store.files import read_json, write_json
from passgap.store.ledger import Ledger

_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")


class Artifact:
    """One stage's output folder."""

    def __init__(self, folder: AnyPath, name: str, inputs: Mapping[str, JsonValue]) -> None:
        folder = Path(folder)
        self.folder = folder
        self.name = name
        self.inputs = dict(inputs)
        self.digest = digest_of(self.inputs)

    @property
    def complete(self) -> bool:
        """Whether the stage finished."""
        return self._manifest_path.exists()

    @property
    def manifest(self) -> dict[str, JsonValue]:
        """What the finished stage says of itself.

        Raises:
            StoreError: it has not finished, or the manifest is damaged or of another schema version.
        """
        manifest = read_json(self._manifest_path)
        if not isinstance(manifest, dict) or not readable_schema(manifest.get("schema_version")):
            raise StoreError(
                f"{self._manifest_path} was written by another version of passgap",
                [f"This version reads schemas up to {SCHEMA_VERSION}. Use the version that wrote it, or a later one."],
            )
        return manifest

    def shard(self, number: int, suffix: str) -> Path:
        """The path of shard ``number``; it exists if and only if the shard is finished."""
        return self.folder / f"shard-{number:05d}.{suffix}"

    def shards(self, suffix: str) -> list[Path]:
        """All finished shards, in order."""
        return sorted(self.folder.glob(f"shard-*.{suffix}"))

    def path(self, name: str) -> Path:
        """A further file of this artifact."""
        return self.folder / name

    def begin(self) -> None:
        """Write down the inputs, so that a folder explains itself before it is complete."""
        if not self.path("inputs.json").exists():
            write_json(self.path("inputs.json"), self.inputs)

    def finish(self, facts: Mapping[str, JsonValue]) -> None:
        """Mark the artifact complete, with what the stage has to say of it (counts, seconds, versions)."""
        write_json(
            self._manifest_path,
            {"schema_version": SCHEMA_VERSION, "name": self.name, "digest": self.digest, **facts},
        )

    @property
    def _manifest_path(self) -> Path:
        return self.folder / "manifest.json"


class StudyFolder:
    """The folder of a study: ``study.yaml``, ``ledger.jsonl``, ``artifacts/`` and the reports."""

    def __init__(self, path: AnyPath) -> None:
        path = Path(path)
        self.path = path
        self.ledger = Ledger(path / "ledger.jsonl")

    @property
    def artifacts(self) -> Path:
        return self.path / "artifacts"

    def artifact(self, name: str, inputs: Mapping[str, JsonValue]) -> Artifact:
        """Return the artifact of this name and these inputs, whether it exists or not."""
        if not _NAME.fullmatch(name):
            raise ValueError(f"an artifact's name is lower case letters, digits and dashes: {name!r}")
        return Artifact(self.artifacts / f"{name}-{digest_of(dict(inputs))[:12]}", name, inputs)
