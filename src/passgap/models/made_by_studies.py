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
    folder = Path(folder).resolve()
    mark = _read(folder / MARK)
    if mark:
        return str(mark.get("made_by"))
    for parent in list(folder.parents)[:2]:  # checkpoints of versions that did not mark them
        if {"base", "registration"} <= _read(parent / _INPUTS).keys():
            return parent.name
    return None


def _read(path: Path) -> dict[str, JsonValue]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
