"""The flip: a file beside the settings that sends every call to base, for as long as it exists."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from pydantic import ValidationError

from passgap.errors import StoreError
from passgap.paths import AnyPath
from passgap.records import Record
from passgap.store.files import read_json, write_json


class Flip(Record):
    """Who rolled back, when and why."""

    who: str
    why: str
    time: dt.datetime
    force: bool = False
    """Whether base takes over even where it does not answer."""


def flip_path(study: AnyPath) -> Path:
    """The file of a study's flip."""
    return Path(study) / "promotion" / "rollback.json"


def read_flip(study: AnyPath) -> Flip | None:
    """The flip of a study; None where there is none. A file that cannot be read is a flip all the same."""
    path = flip_path(study)
    if not path.exists():
        return None
    try:
        return Flip.model_validate(read_json(path))
    except (StoreError, ValidationError):
        return Flip(who="unknown", why=f"{path} cannot be read", time=dt.datetime.fromtimestamp(0, dt.UTC))


def write_flip(study: AnyPath, flip: Flip) -> None:
    """Write a flip, which every gateway of the study sees within a fraction of a second."""
    write_json(flip_path(study), flip.model_dump(mode="json"))


def remove_flip(study: AnyPath) -> bool:
    """End a flip; whether there was one."""
    path = flip_path(study)
    if not path.exists():
        return False
    path.unlink(missing_ok=True)
    return True
