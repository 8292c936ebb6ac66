"""The index of a study's artifacts: their kinds and inputs, and whether they are complete.

It is derived from each artifact's own ``inputs.json`` and ``manifest.json``, so it cannot disagree with them: it holds
everything that a killed process has finished, and it never has to be rebuilt.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from pydantic import JsonValue, ValidationError

from passgap.errors import StoreError
from passgap.messages import describe_errors
from passgap.paths import AnyPath
from passgap.records import SCHEMA_VERSION, Manifest, Record, digest_of, readable_schema
from passgap.store.files import read_json

INPUTS, MANIFEST = "inputs.json", "manifest.json"

_FOLDER = re.compile(r"(?P<name>[a-z0-9-]+)-(?P<digest>[0-9a-f]{12})")


class IndexEntry(Record):
    """One artifact on disk."""

    folder: Path
    name: str
    inputs: dict[str, JsonValue]
    manifest: Manifest | None = None
    """None while the artifact is not complete."""
    damaged: str = ""
    """Why one of its files cannot be read, in which case the artifact counts as incomplete."""

    @property
    def complete(self) -> bool:
        """Whether the stage has finished."""
        return self.manifest is not None

    @property
    def kind(self) -> str:
        """The kind of artifact, the last word of its name: ``samples``, ``results``, ``model``, ... (:mod:`.kinds`)."""
        return self.name.rpartition("-")[2]

    def value(self, path: str) -> JsonValue:
        """The input at a dotted path, or None."""
        found: JsonValue = self.inputs
        for step in path.split("."):
            found = found.get(step) if isinstance(found, dict) else None
        return found


def index_of(artifacts: AnyPath) -> tuple[IndexEntry, ...]:
    """List every artifact of a study in the order in which they were finished, unfinished ones last.

    Folders without inputs (the process was killed before it wrote them) and unrelated files are ignored.
    """
    artifacts = Path(artifacts)
    if not artifacts.is_dir():
        return ()
    found = [entry for folder in sorted(artifacts.iterdir()) if (entry := _entry(folder)) is not None]
    return tuple(sorted(found, key=_finished))


def select(
    entries: tuple[IndexEntry, ...],
    name: str | None = None,
    wanted: Mapping[str, JsonValue] | None = None,
    *,
    kind: str | None = None,
) -> tuple[IndexEntry, ...]:
    """Select complete artifacts by name, kind and inputs. The order is kept: the last one finished comes last.

    Args:
        entries: the index.
        name: the artifacts' name; None for any.
        wanted: the values of some inputs, by dotted path.
        kind: the artifacts' kind; None for any.
    """
    return tuple(
        entry
        for entry in entries
        if entry.complete
        and name in (None, entry.name)
        and kind in (None, entry.kind)
        and all(entry.value(path) == value for path, value in (wanted or {}).items())
    )


def _entry(folder: Path) -> IndexEntry | None:
    """The entry of a folder, or None where it holds no artifact."""
    if not _FOLDER.fullmatch(folder.name):
        return None
    inputs = _version(folder / INPUTS)
    return None if inputs is None else _entry_as_written(folder, inputs, _version(folder / MANIFEST))


_Version = tuple[int, int, int]
"""The inode, time of modification in nanoseconds and size of a file, which change whenever it is written."""


def _version(path: Path) -> _Version | None:
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


@lru_cache(maxsize=10_000)
def _entry_as_written(folder: Path, _inputs: _Version, manifest_version: _Version | None) -> IndexEntry:
    """Read an entry. A run asks for the index hundreds of times, and files rarely change between."""
    matched = _FOLDER.fullmatch(folder.name)
    assert matched is not None
    name = matched["name"]
    try:
        inputs = read_json(folder / INPUTS)
    except StoreError as fault:
        return IndexEntry(folder=folder, name=name, inputs={}, damaged=str(fault))
    if digest_of(inputs)[:12] != matched["digest"]:
        return IndexEntry(folder=folder, name=name, inputs=inputs, damaged=f"{folder / INPUTS} was changed")
    try:
        manifest = read_manifest(folder / MANIFEST) if manifest_version is not None else None
    except StoreError as fault:
        return IndexEntry(folder=folder, name=name, inputs=inputs, damaged=str(fault))
    return IndexEntry(folder=folder, name=name, inputs=inputs, manifest=manifest)


def read_manifest(path: AnyPath) -> Manifest:
    """Read a manifest of any kind.

    Raises:
        StoreError: it is missing, damaged, or of another schema version.
    """
    written = read_json(path)
    if not isinstance(written, dict) or not readable_schema(written.get("schema_version")):
        raise StoreError(
            f"{path} was written by another version of passgap",
            [f"This version reads schemas up to {SCHEMA_VERSION}. Use the version that wrote it, or a later one."],
        )
    try:
        return Manifest.model_validate(written)
    except ValidationError as error:
        raise StoreError(
            f"{path} is damaged", [f"{describe_errors(error.errors())}. Delete the artifact's folder, and run again."]
        ) from error


def _finished(entry: IndexEntry) -> tuple[bool, float, float]:
    """The sort key: the order in the manifest. Manifests without one come first, by modification time."""
    if entry.manifest is None:
        return (True, 0.0, 0.0)
    if entry.manifest.order is None:
        return (False, -1.0, (entry.folder / MANIFEST).stat().st_mtime)
    return (False, float(entry.manifest.order), 0.0)


def same_but_for_the_machine(first: Mapping[str, JsonValue], second: Mapping[str, JsonValue]) -> bool:
    """Whether two inputs agree, apart from the number of cores that schema 1 kept among the engine's versions."""
    return _less_the_machine(first) == _less_the_machine(second)


def _less_the_machine(inputs: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    engine = inputs.get("engine")
    versions = engine.get("versions") if isinstance(engine, dict) else None
    if not isinstance(engine, dict) or not isinstance(versions, dict):
        return dict(inputs)
    kept = {name: value for name, value in versions.items() if name != "lanes"}
    return {**inputs, "engine": {**engine, "versions": kept}}
