"""Artifacts: the outputs of a stage, kept under the digest of everything that went into it.

A stage asks for its artifact by name and inputs. The same inputs give the same folder, so a step that is done is not
done again and a step that was interrupted goes on from its last finished shard; other inputs give another folder, and
nothing measured is ever overwritten. ``inputs.json``, written first, says what an artifact is made from;
``manifest.json``, written last, marks it as complete. :mod:`passgap.store.index` finds artifacts by what these say.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from pydantic import JsonValue

from passgap.errors import NotOnDiskError, StoreError
from passgap.paths import AnyPath
from passgap.records import SCHEMA_VERSION, digest_of, readable_schema
from passgap.store.files import read_json, write_json
from passgap.store.index import (
    INPUTS,
    MANIFEST,
    ORDER,
    IndexEntry,
    index_of,
    same_but_for_the_machine,
    select,
)
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
        """The finished stage's description of itself.

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
        return self.files("shard-", f".{suffix}")

    def files(self, beginning: str, ending: str) -> list[Path]:
        """The finished files whose names begin and end so, in the order of their names."""
        names = (path.name for path in self.folder.iterdir()) if self.folder.is_dir() else ()
        return [self.path(name) for name in sorted(names) if name.startswith(beginning) and name.endswith(ending)]

    def path(self, name: str) -> Path:
        """A further file of this artifact."""
        return self.folder / name

    def begin(self) -> None:
        """Write down the inputs, so that a folder explains itself before it is complete."""
        if not self.path(INPUTS).exists():
            write_json(self.path(INPUTS), self.inputs)

    def finish(self, facts: Mapping[str, JsonValue]) -> None:
        """Mark the artifact complete, with what the stage has to say of it (counts, seconds, versions)."""
        order = sum(entry.complete for entry in index_of(self.folder.parent))
        write_json(
            self._manifest_path,
            {"schema_version": SCHEMA_VERSION, "name": self.name, "digest": self.digest, ORDER: order, **facts},
        )

    @property
    def _manifest_path(self) -> Path:
        return self.folder / MANIFEST


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

    def artifact(self, name: str, inputs: Mapping[str, JsonValue]) -> Artifact:
        """Return the artifact of this name and these inputs, whether it exists or not.

        One that an earlier version made on a machine with other cores is the same artifact.
        """
        if not _NAME.fullmatch(name):
            raise ValueError(f"an artifact's name is lower case letters, digits and dashes: {name!r}")
        exact = Artifact(self.artifacts / f"{name}-{digest_of(dict(inputs))[:12]}", name, inputs)
        if exact.complete:
            return exact
        alike = [each for each in self.index() if each.name == name and same_but_for_the_machine(each.inputs, inputs)]
        if not alike or (exact.folder.exists() and not any(each.complete for each in alike)):
            return exact
        found = next((each for each in reversed(alike) if each.complete), alike[-1])
        return Artifact(found.folder, name, found.inputs)


_BINDING = {
    "samples": ("prompts", "problems", "decoding", "per_prompt", "seed", "engine.model_digest"),
    "results": ("samples",),
    "model": ("registration",),
    "signal": ("model",),
}
"""By stage, the inputs that make a finished artifact the one that is meant. The rest was decided when it was made: by
the version of passgap and its libraries, or on the machine that it was made on."""


class _Missing(Artifact):
    """An artifact that a study that is only read does not have, and will not begin."""

    def begin(self) -> None:
        raise NotOnDiskError


class FinishedFolder(StudyFolder):
    """A study's folder that is only read: its artifacts are those that were made for it, on whatever machine.

    One that is not complete cannot be begun: that raises :class:`~passgap.errors.NotOnDiskError`.
    """

    def artifact(self, name: str, inputs: Mapping[str, JsonValue]) -> Artifact:
        """Return the artifact of these inputs, or the last complete one that differs in what was not declared."""
        exact = super().artifact(name, inputs)
        if exact.complete:
            return exact
        asked = IndexEntry(folder=exact.folder, name=name, inputs=dict(inputs))
        missing = _Missing(exact.folder, name, inputs)
        if asked.stage not in _BINDING:
            return missing
        index = self.index()
        found = select(index, name, {path: asked.value(path) for path in _BINDING[asked.stage]})
        artifacts = [Artifact(each.folder, name, each.inputs) for each in found]
        run = [each for each in artifacts if select(index, wanted={"samples": each.digest}, stage="results")]
        return (run or artifacts or [missing])[-1]
