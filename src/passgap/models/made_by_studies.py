"""Checkpoints that a study trained say so: in a file of their own, which is no part of the model's digest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from pydantic import JsonValue

from passgap.paths import AnyPath

MARK = "passgap.json"
_INPUTS = "inputs.json"
"""Of the artifact that a checkpoint is a part of."""


def mark_of(name: str, inputs: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """The content of a checkpoint's mark: its artifact, its base model, and the ledger's entry that allowed it."""
    return {"made_by": name, "base": inputs.get("base"), "registration": inputs.get("registration")}


def made_by(folder: AnyPath) -> str | None:
    """The name of the artifact that a checkpoint is, or is a copy of; None where no study made it."""
    mark = _mark(Path(folder).resolve())
    return str(mark.get("made_by")) if mark else None


def trained_from(folder: AnyPath) -> str | None:
    """The digest of the model that a study trained a checkpoint from; None where no study made it."""
    mark = _mark(Path(folder).resolve())
    return str(mark.get("base")) if mark else None


def _mark(folder: Path) -> dict[str, JsonValue]:
    """The mark of a checkpoint; of versions that did not write any, from the artifact that it is a part of."""
    mark = _read(folder / MARK)
    for parent in [] if mark else list(folder.parents)[:2]:
        inputs = _read(parent / _INPUTS)
        if {"base", "registration"} <= inputs.keys():
            return mark_of(parent.name, inputs)
    return mark


def _read(path: Path) -> dict[str, JsonValue]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
