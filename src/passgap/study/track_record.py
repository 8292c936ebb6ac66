"""The track record of the diagnostics, read off the ledgers of any number of studies: no model, no artifact."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import JsonValue, TypeAdapter

from passgap.errors import StoreError, StudyError
from passgap.estimates import DEFAULT_LEVEL
from passgap.paths import AnyPath
from passgap.predictors import PastPrediction, Prediction, Standing, score_prediction, standings_of
from passgap.records import Measured, Record
from passgap.records.units import FractionOf1
from passgap.store import Ledger, LedgerEntry
from passgap.study.context import PREDICTION, PREDICTION_OUTCOME, REGISTRATION

_MEASURED: TypeAdapter[Measured] = TypeAdapter(Measured)


class StudyRead(Record):
    """A study whose ledger was read."""

    folder: str
    head: str
    """The hash of its last entry."""
    arms: tuple[str, ...]
    """The arms whose predictions have an outcome."""
    open: tuple[str, ...]
    """The arms with predictions and no outcome yet."""
    late: tuple[str, ...] = ()
    """The arms whose predictions came after their registration, which foretell nothing and do not count."""


class TrackRecord(Record):
    """How often what each diagnostic foretold came true."""

    studies: tuple[StudyRead, ...]
    repeated: tuple[str, ...]
    """Folders left out: copies of a study that is there, at the same or an earlier stage."""
    standings: tuple[Standing, ...]
    level: FractionOf1


def track_record(*studies: AnyPath, level: float = DEFAULT_LEVEL) -> TrackRecord:
    """Read the ledgers of studies, and tell of each diagnostic how often what it foretold came true.

    Of several copies of a study, the one with the longest ledger counts.

    Args:
        studies: their folders, or their ``study.yaml``.
        level: of the intervals, which are over studies.

    Raises:
        StudyError: there is no study, or no ledger, in some of the folders.
        StoreError: a ledger was altered.
    """
    if not 0.0 < level < 1.0:
        raise StudyError("the level of an interval lies between 0 and 1", [f"level: it is {level:g}."])
    read = _ledgers([Path(each) for each in studies])
    kept: dict[str, tuple[Path, tuple[LedgerEntry, ...]]] = {}
    repeated: list[str] = []
    for folder, entries in read:
        first = entries[0].hash
        other = kept.get(first)
        if other is None:
            kept[first] = folder, entries
        elif len(entries) > len(other[1]):
            repeated.append(str(other[0]))
            kept[first] = folder, entries
        else:
            repeated.append(str(folder))
    past = [each for name, (_, entries) in kept.items() for each in past_predictions(name, entries)]
    return TrackRecord(
        studies=tuple(_read(folder, entries) for folder, entries in kept.values()),
        repeated=tuple(repeated),
        standings=standings_of(past, level=level),
        level=level,
    )


def past_predictions(study: str, entries: Sequence[LedgerEntry]) -> Iterator[PastPrediction]:
    """Every prediction of a ledger whose arm has an outcome, scored as the study's report scores it."""
    outcomes = _outcomes(entries)
    for arm, (entry, said) in predictions_in(entries).items():
        if arm in outcomes and not _is_late(entry, arm, entries):
            outcome, smallest = outcomes[arm]
            for each in said:
                yield PastPrediction(study=study, arm=arm, scored=score_prediction(each, outcome, smallest))


def _ledgers(folders: Sequence[Path]) -> list[tuple[Path, tuple[LedgerEntry, ...]]]:
    found, missing, altered = [], [], []
    for given in folders:
        folder = given.parent if given.is_file() else given
        try:
            entries = Ledger(folder / "ledger.jsonl").entries()
        except StoreError as error:
            altered += [f"{folder}: {each}" for each in error.problems]
            continue
        if entries:
            found.append((folder, entries))
        else:
            missing.append(f"{folder}: no ledger with an entry. Give the folder of a study that was begun.")
    if altered:
        raise StoreError("ledgers have been altered", [*altered, *missing])
    if missing or not folders:
        raise StudyError("some of these are no studies", missing or ["Give the folder of one study at least."])
    return found


def predictions_in(entries: Sequence[LedgerEntry]) -> dict[str, tuple[LedgerEntry, tuple[Prediction, ...]]]:
    """The predictions in a ledger by arm, with their entry; an arm's first entry counts."""
    found: dict[str, tuple[LedgerEntry, tuple[Prediction, ...]]] = {}
    for entry in entries:
        payload = entry.payload
        if entry.kind == PREDICTION and isinstance(payload, dict):
            said = payload.get("predictions")
            if isinstance(said, list):
                told = tuple(Prediction.model_validate(each) for each in said)
                found.setdefault(str(payload["arm"]), (entry, told))
    return found


def _outcomes(entries: Sequence[LedgerEntry]) -> dict[str, tuple[Measured, float]]:
    """Of each arm the last outcome, with the least lift that matters there."""
    found: dict[str, tuple[Measured, float]] = {}
    for entry in entries:
        payload = entry.payload
        if entry.kind == PREDICTION_OUTCOME and isinstance(payload, dict):
            smallest: JsonValue = payload["smallest"]
            assert isinstance(smallest, int | float)
            found[str(payload["arm"])] = _MEASURED.validate_python(payload["outcome"]), float(smallest)
    return found


def _is_late(prediction: LedgerEntry, arm: str, entries: Sequence[LedgerEntry]) -> bool:
    """Whether the arm was registered before."""
    return any(
        entry.kind == REGISTRATION
        and entry.sequence < prediction.sequence
        and isinstance(entry.payload, dict)
        and isinstance(entry.payload["spec"], dict)
        and entry.payload["spec"].get("arm") == arm
        for entry in entries
    )


def _read(folder: Path, entries: Sequence[LedgerEntry]) -> StudyRead:
    said, outcomes = predictions_in(entries), _outcomes(entries)
    late = {arm for arm, (entry, _) in said.items() if _is_late(entry, arm, entries)}
    return StudyRead(
        folder=str(folder),
        head=entries[-1].hash,
        arms=tuple(arm for arm in said if arm in outcomes and arm not in late),
        open=tuple(arm for arm in said if arm not in outcomes and arm not in late),
        late=tuple(sorted(late)),
    )
