"""Artifacts: the outputs of stages, each in a folder that is named after the digest of its inputs.

A stage asks for its artifact by name and inputs. The same inputs give the same folder, so that finished work is not
repeated and interrupted work resumes from its last finished shard. Other inputs give another folder: no measurement is
ever overwritten. ``inputs.json`` is written first; ``manifest.json`` is written last and marks the artifact as
complete. :mod:`passgap.store.index` finds artifacts by the content of these two files.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, TypeVar

from pydantic import JsonValue

from passgap.errors import NotOnDiskError
from passgap.paths import AnyPath
from passgap.records import SCHEMA_VERSION, Manifest, digest_of
from passgap.store.files import write_json
from passgap.store.index import INPUTS, MANIFEST, index_of, read_manifest


class Artifact:
    """The output folder of one stage. Each kind of artifact is a subclass (:mod:`passgap.store.kinds`)."""

    kind: ClassVar[str] = ""
    """The last word of the names of artifacts of this kind; empty for any."""
    binding: ClassVar[tuple[str, ...] | None] = None
    """The inputs, by dotted path, by which a finished artifact is found in a study that is open read-only. The other
    inputs depend on the machine, the version of passgap and its libraries. None if all inputs have to match."""

    def __init__(self, folder: AnyPath, name: str, inputs: Mapping[str, JsonValue], *, read_only: bool = False) -> None:
        """Describe an artifact, whether it exists or not.

        Args:
            folder: its folder.
            name: its name.
            inputs: everything that it is made from.
            read_only: whether its study is open read-only, so that it cannot be begun.
        """
        self.folder = Path(folder)
        self.name = name
        self.inputs = dict(inputs)
        self.digest = digest_of(self.inputs)
        self._read_only = read_only

    @property
    def complete(self) -> bool:
        """Whether the stage finished."""
        return self._manifest_path.exists()

    @property
    def manifest(self) -> Manifest:
        """The stage's description of the finished artifact. Each kind of artifact has its own record.

        Raises:
            StoreError: the stage has not finished, or the manifest is damaged or of another schema version.
        """
        return read_manifest(self._manifest_path)

    def shard(self, number: int, suffix: str) -> Path:
        """The path of shard ``number``. The file exists if and only if the shard is finished."""
        return self.folder / f"shard-{number:05d}.{suffix}"

    def shards(self, suffix: str) -> list[Path]:
        """All finished shards, in order."""
        return self.files("shard-", f".{suffix}")

    def files(self, beginning: str, ending: str) -> list[Path]:
        """The finished files whose names begin and end like this, sorted by name."""
        names = (path.name for path in self.folder.iterdir()) if self.folder.is_dir() else ()
        return [self.path(name) for name in sorted(names) if name.startswith(beginning) and name.endswith(ending)]

    def path(self, name: str) -> Path:
        """The path of another file of this artifact."""
        return self.folder / name

    def begin(self) -> None:
        """Write the inputs, so that the folder can be identified before it is complete.

        Raises:
            NotOnDiskError: the study is open read-only.
        """
        if self._read_only:
            raise NotOnDiskError
        if not self.path(INPUTS).exists():
            write_json(self.path(INPUTS), self.inputs)

    def finish(self, manifest: Manifest) -> None:
        """Mark the artifact as complete, with the stage's description of it (counts, seconds, versions)."""
        filled = manifest.model_copy(
            update={
                "schema_version": SCHEMA_VERSION,
                "name": self.name,
                "digest": self.digest,
                "order": sum(entry.complete for entry in index_of(self.folder.parent)),
            }
        )
        write_json(self._manifest_path, filled.model_dump(mode="json", exclude_unset=True))

    @property
    def _manifest_path(self) -> Path:
        return self.folder / MANIFEST


KindOfArtifact = TypeVar("KindOfArtifact", bound=Artifact)
