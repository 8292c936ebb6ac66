"""Deleting the files of retired checkpoints after the retention window; never those of base or production."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from passgap.promotion.registry.files import changed_files
from passgap.promotion.registry.registry import Checkpoint, Registry
from passgap.promotion.registry.states import Signature, State


@dataclass(frozen=True)
class Collected:
    """The files that a collection deletes and keeps."""

    deleted: tuple[Checkpoint, ...]
    kept: tuple[tuple[Checkpoint, str], ...]
    """Retired checkpoints whose files stay, each with the reason."""

    @property
    def bytes(self) -> int:
        """The size of the deleted files."""
        return sum(each.manifest.bytes for each in self.deleted)


def collect_expired(registry: Registry, *, days: float, by: Signature, delete: bool = True) -> Collected:
    """Delete the files of checkpoints that have been retired for longer than the retention window.

    Only a folder within the study is deleted, only as a whole, only if it is reached through no link and holds the very
    files that were registered, and only if no checkpoint that is not retired, no base model and no checkpoint inside of
    its window has a file in it. So folders that were exchanged or renamed stay. The manifest and the ledger's entries
    stay. The ledger is written first: a killed process leaves files, never a claim that files are there, and the next
    collection deletes what it left.

    Args:
        registry: of the study.
        days: the retention window.
        by: who collects, and when.
        delete: whether to; otherwise only say what would be deleted.
    """
    every = registry.checkpoints()
    deleted: list[Checkpoint] = []
    kept: list[tuple[Checkpoint, str]] = []
    for each in every:
        if each.state is not State.RETIRED or (each.collected and not _left(each)):
            continue
        why = _reason_to_keep(each, every, registry, days, by.time)
        if why:
            kept.append((each, why))
        else:
            deleted.append(each)
    if delete and deleted:
        fresh = [each.id for each in deleted if not each.collected]
        if fresh:
            registry.note_collected(fresh, by=by, why=f"retired for more than {days:g} days")
        for each in deleted:
            assert each.location is not None, "a checkpoint without files is kept"
            shutil.rmtree(each.location, ignore_errors=True)
    return Collected(tuple(deleted), tuple(kept))


def _reason_to_keep(
    one: Checkpoint, every: Sequence[Checkpoint], registry: Registry, days: float, now: dt.datetime
) -> str:
    age = now - one.since
    if one.is_base:
        return "it is the base model, to which a rollback leads"
    if one.location is None:
        return "it has no files here"
    if age < dt.timedelta(days=days):
        return f"it was retired {age.days} days ago; the window is {days:g} days"
    return _reason_of_place(one, one.location, every, registry, now - dt.timedelta(days=days))


def _reason_of_place(
    one: Checkpoint, location: Path, every: Sequence[Checkpoint], registry: Registry, since: dt.datetime
) -> str:
    """Why a folder cannot be deleted: of checkpoints that were retired after ``since``, nothing is."""
    folder, study = location.resolve(), registry.study.resolve()
    if folder == study or not folder.is_relative_to(study):
        return f"{folder} is not inside the study's folder"
    if not location.is_relative_to(registry.study) or folder != study / location.relative_to(registry.study):
        return f"{location} is reached through a link, to {folder}"
    for other in every:
        if other.id == one.id or other.location is None or other.collected:
            continue
        expired = other.state is State.RETIRED and not other.is_base and other.since <= since
        if not expired and _share(folder, other.location.resolve()):
            return f"its folder holds files of {other.short}, which is {other.state}"
    unlike = next(_unlike(one), None)
    return f"its files are not those that were registered: {unlike}" if unlike is not None else ""


def _unlike(one: Checkpoint) -> Iterator[str]:
    """Why the folder may hold something else; of one whose deletion was begun, files may be missing."""
    assert one.location is not None, "a checkpoint without files is kept"
    missing = tuple(each for each in one.manifest.files if not (one.location / each.name).exists())
    for problem in changed_files(one.location, one.manifest.files):
        if not (one.collected and any(problem.endswith(f"/{each.name} is missing") for each in missing)):
            yield problem


def _left(one: Checkpoint) -> bool:
    """Whether a collection was killed before it had deleted the files."""
    return one.location is not None and one.location.is_dir()


def _share(one: Path, other: Path) -> bool:
    return one.is_relative_to(other) or other.is_relative_to(one)
