"""The registry of a study's checkpoints, in its folder and its ledger."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue, ValidationError

from passgap.decisions.promotion import PromotionWaiver
from passgap.errors import StoreError, StudyError
from passgap.messages import describe_errors
from passgap.promotion.registry.files import changed_files
from passgap.promotion.registry.manifest import SHORT, CheckpointManifest
from passgap.promotion.registry.states import RUNNING, Move, Signature, State, problems_with, replayed
from passgap.records import Record
from passgap.store import Ledger, LedgerEntry, read_json, write_json
from passgap.store.ledger import LedgerMovedError

CHECKPOINT = "checkpoint"
"""The kind of ledger entry that registers a checkpoint."""
PROMOTION = "promotion"
"""The kind of ledger entry that changes the states of checkpoints."""
COLLECTION = "collection"
"""The kind of ledger entry that says whose files were deleted."""

FOLDER = "promotion"
"""The folder of a study that holds all that concerns its promotion."""

_MANIFEST = "manifest.json"


class Event(Record):
    """A change of a checkpoint's state, as the ledger has it."""

    state: State
    who: str
    why: str
    time: dt.datetime
    entry: str
    """The hash of the ledger's entry."""


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """A registered checkpoint."""

    id: str
    """The hash of its manifest."""
    manifest: CheckpointManifest
    location: Path | None
    """The folder of its files; None for a model that only a server has."""
    state: State
    history: tuple[Event, ...]
    waivers: tuple[PromotionWaiver, ...] = ()
    collected: bool = False
    """Whether its files were deleted after the retention window."""

    @property
    def short(self) -> str:
        """The beginning of its id."""
        return self.id[:SHORT]

    @property
    def is_base(self) -> bool:
        """Whether it is the study's base model."""
        return self.manifest.arm == "base"

    @property
    def since(self) -> dt.datetime:
        """When it came into its state."""
        return self.history[-1].time

    def problems(self) -> Iterator[str]:
        """Yield every difference between its files and its manifest.

        All files are read and hashed, which takes about a second for each gigabyte.
        """
        if self.collected:
            yield f"the files of {self.short} were deleted after the retention window"
        elif self.location is not None and not self.location.is_dir():
            yield f"the folder {self.location} of {self.short} is missing"
        elif self.location is not None:
            yield from changed_files(self.location, self.manifest.files)


class Registry:
    """The checkpoints of a study. Every read replays the ledger, whose chain is verified."""

    def __init__(self, folder: Path, ledger: Ledger) -> None:
        """Open a registry.

        Args:
            folder: the study's.
            ledger: of the study.
        """
        self.study = folder
        self.folder = folder / FOLDER / "checkpoints"
        self._ledger = ledger

    def checkpoints(self) -> tuple[Checkpoint, ...]:
        """Every registered checkpoint, in the order in which they were registered.

        Raises:
            StoreError: the ledger or a manifest was altered.
        """
        entries = self._ledger.entries()
        registered = {str(_text(each, "checkpoint")): each for each in entries if each.kind == CHECKPOINT}
        events: dict[str, list[Event]] = {name: [] for name in registered}
        moves: list[Move] = []
        gone: set[str] = set()
        for entry in entries:
            if entry.kind == COLLECTION:
                gone.update(_names(entry))
            for move in _moves_of(entry):
                moves.append(move)
                if move.after is State.CANDIDATE:
                    gone.discard(move.checkpoint)  # its files were made once more
                events[move.checkpoint].append(
                    Event(state=move.after, who=entry.who, why=_text(entry, "why"), time=entry.time, entry=entry.hash)
                )
        states = replayed(moves)
        return tuple(
            Checkpoint(
                id=name,
                manifest=self._manifest(name),
                location=self._location(entry),
                state=states[name],
                history=tuple(events[name]),
                waivers=_waivers(entry),
                collected=name in gone,
            )
            for name, entry in registered.items()
        )

    def find(self, name: str) -> Checkpoint:
        """The checkpoint of an id, the beginning of one, an alias (``production``, ``candidate``), or ``base``.

        Raises:
            StudyError: there is none, or there are several.
        """
        alias = {"production": self.production, "candidate": self.candidate, "base": self.base}
        if name in alias:
            found = [each for each in (alias[name],) if each is not None]
        else:
            found = [each for each in self.checkpoints() if each.id.startswith(name)]
        if len(found) == 1:
            return found[0]
        known = ", ".join(f"{each.short} ({each.manifest.arm}, {each.state})" for each in self.checkpoints()) or "none"
        said = f"several checkpoints begin with `{name}`" if found else f"there is no checkpoint `{name}`"
        raise StudyError(said, [f"Registered: {known}. `passgap promote STUDY` lists them."])

    @property
    def production(self) -> Checkpoint | None:
        """The checkpoint in production; None before the first promotion."""
        return next((each for each in self.checkpoints() if each.state is State.PRODUCTION), None)

    @property
    def candidate(self) -> Checkpoint | None:
        """The checkpoint that gets shadow or canary traffic, else the last one that is a candidate."""
        every = self.checkpoints()
        running = [each for each in every if each.state in RUNNING]
        waiting = sorted((each for each in every if each.state is State.CANDIDATE), key=lambda each: each.since)
        return next(iter(running or waiting[-1:]), None)

    @property
    def base(self) -> Checkpoint | None:
        """The study's base model, to which a rollback leads; the last one, if the study's weights were replaced."""
        return next((each for each in reversed(self.checkpoints()) if each.is_base), None)

    @property
    def replaced(self) -> Checkpoint | None:
        """The checkpoint whose place in production the present one took by a rollback; None where there is none."""
        every = self.checkpoints()
        production = next((each for each in every if each.state is State.PRODUCTION), None)
        entry = production.history[-1].entry if production is not None else None
        return next((each for each in every if each.state is State.RETIRED and each.history[-1].entry == entry), None)

    def add(
        self,
        manifest: CheckpointManifest,
        location: Path | None,
        *,
        by: Signature,
        why: str,
        state: State = State.CANDIDATE,
        waivers: Sequence[PromotionWaiver] = (),
    ) -> Checkpoint:
        """Register a checkpoint; one that is there already is returned as it is.

        The manifest is written before the ledger names it, so that a killed process leaves no entry without one.
        """
        name = manifest.id
        known = next((each for each in self.checkpoints() if each.id == name), None)
        if known is not None:
            return known
        write_json(self.folder / name[:SHORT] / _MANIFEST, manifest.model_dump(mode="json"))
        payload: dict[str, JsonValue] = {
            "checkpoint": name,
            "arm": manifest.arm,
            "location": self._relative(location),
            "state": state.value,
            "why": why,
            "waivers": [each.model_dump(mode="json") for each in waivers],
        }
        self._ledger.append(CHECKPOINT, payload, who=by.who, time=by.time)
        return self.find(name)

    def move(self, moves: Sequence[Move], *, by: Signature, why: str, evidence: JsonValue = None) -> LedgerEntry:
        """Change the states of checkpoints, all of them or none.

        Args:
            moves: the changes.
            by: who decided, and when.
            why: in a sentence.
            evidence: the numbers that it rests on.

        Raises:
            StudyError: the states do not allow it.
        """
        payload: dict[str, JsonValue] = {
            "moves": [each.model_dump(mode="json") for each in moves],
            "why": why,
            **({"evidence": evidence} if evidence is not None else {}),
        }
        while True:  # until nothing is written between the look at the states and the entry
            head = self._ledger.head
            states = {each.id: each.state for each in self.checkpoints()}
            problems = list(problems_with(moves, states))
            if problems:
                raise StudyError("these checkpoints cannot change their states so", problems)
            with suppress(LedgerMovedError):
                return self._ledger.append(PROMOTION, payload, who=by.who, time=by.time, after=head)

    def roll_back(
        self, *, by: Signature, why: str, to: str | None = None, evidence: JsonValue = None
    ) -> LedgerEntry | None:
        """Follow a rollback: what gets shadow or canary traffic is retired, and what the calls go to is in production.

        Args:
            by: who rolled back, and when.
            why: in a sentence.
            to: the checkpoint that the gateway sends the calls to now, as its settings name it. Without one, or where
                the registry does not know it, the calls go to what is in production if a candidate got traffic, and
                else to the base model.
            evidence: the numbers that it rests on.

        Returns:
            The ledger's entry; None where nothing gets traffic that should not.

        Raises:
            StudyError: there is no base model to go back to.
        """
        candidate, production = self.candidate, self.production
        target = self._served(to)
        moves = []
        if candidate is not None and candidate.state in RUNNING:
            moves.append(Move(checkpoint=candidate.id, before=candidate.state, after=State.RETIRED))
            target = target or production
        elif target is None and production is not None and not production.is_base:
            target = self.base
            if target is None:
                raise StudyError("there is no base model to go back to", ["No base model is registered in this study."])
        moves += _into_production(target, production)
        return self.move(moves, by=by, why=why, evidence=evidence) if moves else None

    def undo_rollback(self, *, by: Signature, why: str, to: str) -> LedgerEntry | None:
        """Follow the end of a rollback: what the calls go to again is in production again.

        A candidate that was retired by it stays retired, and is promoted anew if it is to be tried again.

        Args:
            by: who ended it, and when.
            why: in a sentence.
            to: the checkpoint that the gateway sends production's calls to now.

        Returns:
            The ledger's entry; None where that is in production, or was never there.
        """
        moves = _into_production(self._served(to), self.production)
        return self.move(moves, by=by, why=why) if moves else None

    def _served(self, name: str | None) -> Checkpoint | None:
        """The checkpoint that a gateway's settings name; None where they name none that is registered."""
        try:
            return self.find(name) if name else None
        except StudyError:
            return None

    def note_collected(self, names: Sequence[str], *, by: Signature, why: str) -> LedgerEntry:
        """Say in the ledger whose files are deleted."""
        return self._ledger.append(COLLECTION, {"checkpoints": list(names), "why": why}, who=by.who, time=by.time)

    def _manifest(self, name: str) -> CheckpointManifest:
        path = self.folder / name[:SHORT] / _MANIFEST
        try:
            manifest = CheckpointManifest.model_validate(read_json(path))
        except ValidationError as error:
            raise StoreError(f"{path} is damaged", [describe_errors(error.errors())]) from error
        if manifest.id != name:
            raise StoreError(
                f"{path} was changed after it was registered",
                [f"Its hash is {manifest.id[:SHORT]}, the ledger says {name[:SHORT]}. Restore it from a copy."],
            )
        return manifest

    def _relative(self, location: Path | None) -> str | None:
        if location is None:
            return None
        whole, study = location.resolve(), self.study.resolve()
        return whole.relative_to(study).as_posix() if whole.is_relative_to(study) else str(whole)

    def _location(self, entry: LedgerEntry) -> Path | None:
        payload = entry.payload if isinstance(entry.payload, dict) else {}
        named = payload.get("location")
        return None if named is None else self.study / str(named)


def _into_production(target: Checkpoint | None, production: Checkpoint | None) -> list[Move]:
    """The moves that put back a checkpoint that has been in production."""
    if target is None or target.state is not State.RETIRED or not _has_served(target):
        return []
    moves = [Move(checkpoint=target.id, before=State.RETIRED, after=State.PRODUCTION)]
    if production is not None:
        moves.insert(0, Move(checkpoint=production.id, before=State.PRODUCTION, after=State.RETIRED))
    return moves


def _has_served(one: Checkpoint) -> bool:
    return one.is_base or any(each.state is State.PRODUCTION for each in one.history)


def _moves_of(entry: LedgerEntry) -> Iterator[Move]:
    payload = entry.payload if isinstance(entry.payload, dict) else {}
    if entry.kind == CHECKPOINT:
        yield Move(checkpoint=str(payload["checkpoint"]), before=None, after=State(str(payload["state"])))
    elif entry.kind == PROMOTION:
        moves = payload.get("moves")
        yield from (Move.model_validate(each) for each in (moves if isinstance(moves, list) else ()))


def _waivers(entry: LedgerEntry) -> tuple[PromotionWaiver, ...]:
    payload = entry.payload if isinstance(entry.payload, dict) else {}
    given = payload.get("waivers")
    return tuple(PromotionWaiver.model_validate(each) for each in (given if isinstance(given, list) else ()))


def _names(entry: LedgerEntry) -> list[str]:
    payload = entry.payload if isinstance(entry.payload, dict) else {}
    names = payload.get("checkpoints")
    return [str(each) for each in names] if isinstance(names, list) else []


def _text(entry: LedgerEntry, name: str) -> str:
    payload = entry.payload if isinstance(entry.payload, dict) else {}
    return str(payload.get(name, ""))
