"""The index of a study's artifacts: what there is, of which step and arm, from which inputs, whether it is complete.

It is read from the files that the artifacts describe themselves with (``inputs.json``, ``manifest.json``), so it cannot
disagree with them: whatever a killed process has finished is in it, and there is nothing to rebuild after damage.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from pydantic import JsonValue

from passgap.errors import StoreError
from passgap.paths import AnyPath
from passgap.records import Record, digest_of
from passgap.store.files import read_json

INPUTS, MANIFEST = "inputs.json", "manifest.json"

ORDER = "order"
"""The field of a manifest that says how many artifacts of the study were complete before this one."""

_FOLDER = re.compile(r"(?P<name>[a-z0-9-]+)-(?P<digest>[0-9a-f]{12})")
_PARTS = ("-heldout", "-pool", "-probes")


class IndexEntry(Record):
    """One artifact as it lies on disk."""

    folder: Path
    name: str
    inputs: dict[str, JsonValue]
    facts: dict[str, JsonValue] | None = None
    """The content of its manifest; None while the step has not finished."""
    damaged: str = ""
    """Why one of its files cannot be read; it then counts as incomplete."""

    @property
    def complete(self) -> bool:
        """Whether the step finished."""
        return self.facts is not None

    @property
    def stage(self) -> str:
        """The kind of step: ``samples``, ``results``, ``model``, ``signal`` or ``tasks``."""
        return self.name.rpartition("-")[2]

    @property
    def arm(self) -> str:
        """Whose it is: the name less what was sampled and the stage."""
        arm = self.name.removesuffix(self.stage).removesuffix("-")
        return next((arm.removesuffix(part) for part in _PARTS if arm.endswith(part)), arm)

    def value(self, path: str) -> JsonValue:
        """The input at a dotted path, None where there is none."""
        found: JsonValue = self.inputs
        for step in path.split("."):
            found = found.get(step) if isinstance(found, dict) else None
        return found


def index_of(artifacts: AnyPath) -> tuple[IndexEntry, ...]:
    """Every artifact of a study, in the order in which they were finished, unfinished ones last.

    Folders without inputs (a process was killed before it had written them) and files of other names are passed over.
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
    stage: str | None = None,
) -> tuple[IndexEntry, ...]:
    """The complete artifacts of a name or a stage, the last one finished at the end.

    Args:
        entries: the index.
        name: of the artifacts.
        wanted: inputs that they have, by dotted path.
        stage: of the artifacts.
    """
    return tuple(
        entry
        for entry in entries
        if entry.complete
        and name in (None, entry.name)
        and stage in (None, entry.stage)
        and all(entry.value(path) == value for path, value in (wanted or {}).items())
    )


def _entry(folder: Path) -> IndexEntry | None:
    matched = _FOLDER.fullmatch(folder.name)
    if matched is None or not (folder / INPUTS).exists():
        return None
    name = matched["name"]
    try:
        inputs = read_json(folder / INPUTS)
    except StoreError as fault:
        return IndexEntry(folder=folder, name=name, inputs={}, damaged=str(fault))
    if digest_of(inputs)[:12] != matched["digest"]:
        return IndexEntry(folder=folder, name=name, inputs=inputs, damaged=f"{folder / INPUTS} was changed")
    try:
        facts = read_json(folder / MANIFEST) if (folder / MANIFEST).exists() else None
    except StoreError as fault:
        return IndexEntry(folder=folder, name=name, inputs=inputs, damaged=str(fault))
    return IndexEntry(folder=folder, name=name, inputs=inputs, facts=facts)


def _finished(entry: IndexEntry) -> tuple[bool, float, float]:
    """Sort by the order in the manifest; earlier versions wrote none, and theirs come first, by the file's time."""
    if entry.facts is None:
        return (True, 0.0, 0.0)
    order = entry.facts.get(ORDER)
    known = isinstance(order, int | float)
    written = 0.0 if known else (entry.folder / MANIFEST).stat().st_mtime
    return (False, float(order) if isinstance(order, int | float) else -1.0, written)


def same_but_for_the_machine(first: Mapping[str, JsonValue], second: Mapping[str, JsonValue]) -> bool:
    """Whether two inputs are one, less the number of cores that schema 1 held among the engine's versions."""
    return _less_the_machine(first) == _less_the_machine(second)


def _less_the_machine(inputs: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    engine = inputs.get("engine")
    versions = engine.get("versions") if isinstance(engine, dict) else None
    if not isinstance(engine, dict) or not isinstance(versions, dict):
        return dict(inputs)
    kept = {name: value for name, value in versions.items() if name != "lanes"}
    return {**inputs, "engine": {**engine, "versions": kept}}
