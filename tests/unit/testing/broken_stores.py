"""Stores with one fault each, and the test of the contract that must find it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from passgap.records import Manifest
from passgap.store import Artifact, IndexEntry, Ledger, LedgerEntry, StudyFolder
from passgap.testing import StoreContract


class _Broken(StoreContract):
    """Opens a store of the class ``faulty``."""

    faulty: type[StudyFolder]

    def make(self, folder: Path) -> StudyFolder:
        return self.faulty(folder)


class _FindsByName(StudyFolder):
    def artifact(self, name: str, inputs: Mapping[str, Any], kind: Any = Artifact) -> Any:
        return kind(self.artifacts / name, name, inputs)


class BrokenFindsByName(_Broken):
    fails = "test_the_same_inputs_give_the_same_artifact_and_others_another"
    faulty = _FindsByName


class _CompleteFromTheBeginning(StudyFolder):
    def artifact(self, name: str, inputs: Mapping[str, Any], kind: Any = Artifact) -> Any:
        found = super().artifact(name, inputs, kind)
        found.begin = lambda: found.finish(Manifest())
        return found


class BrokenCompleteFromTheBeginning(_Broken):
    fails = "test_an_artifact_is_complete_when_it_is_finished_and_not_before"
    faulty = _CompleteFromTheBeginning


class BrokenMakesAManifestUp(_Broken):
    fails = "test_an_unfinished_artifact_has_no_manifest"
    faulty = _CompleteFromTheBeginning


class _ListsByName(StudyFolder):
    def index(self) -> tuple[IndexEntry, ...]:
        return tuple(sorted(super().index(), key=lambda entry: entry.name))


class BrokenListsByName(_Broken):
    fails = "test_artifacts_are_listed_in_the_order_in_which_they_were_finished"
    faulty = _ListsByName


class _HidesDamage(StudyFolder):
    def index(self) -> tuple[IndexEntry, ...]:
        return tuple(entry for entry in super().index() if not entry.damaged)


class BrokenHidesDamage(_Broken):
    fails = "test_a_damaged_artifact_is_named_and_hides_no_other"
    faulty = _HidesDamage


class BrokenTakesAnyName(_Broken):
    fails = "test_a_name_that_could_leave_the_folder_is_refused"
    faulty = _FindsByName


class _ForgetsTheLast(Ledger):
    def entries(self) -> tuple[LedgerEntry, ...]:
        return super().entries()[:2]


class _KeepsTwoEntries(StudyFolder):
    def __init__(self, path: Any) -> None:
        super().__init__(path)
        self.ledger = _ForgetsTheLast(self.ledger.path)


class BrokenForgetsAnEntry(_Broken):
    fails = "test_the_ledger_keeps_every_entry_in_order"
    faulty = _KeepsTwoEntries


class _Trusting(Ledger):
    def entries(self) -> tuple[LedgerEntry, ...]:
        lines = self.path.read_text().splitlines() if self.path.exists() else ()
        return tuple(LedgerEntry.model_validate(json.loads(line)) for line in lines)


class _TrustsItsLedger(StudyFolder):
    def __init__(self, path: Any) -> None:
        super().__init__(path)
        self.ledger = _Trusting(self.ledger.path)


class BrokenTrustsItsLedger(_Broken):
    fails = "test_an_edited_ledger_is_refused"
    faulty = _TrustsItsLedger


class _MovesShards(StudyFolder):
    def artifact(self, name: str, inputs: Mapping[str, Any], kind: Any = Artifact) -> Any:
        found = super().artifact(name, inputs, kind)
        if found.complete and name.endswith("samples"):
            found.shard_path = lambda number: found.path("moved")
        return found


class BrokenLosesSamples(_Broken):
    fails = "test_samples_and_results_are_read_as_they_were_written"
    faulty = _MovesShards
