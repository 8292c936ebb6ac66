"""The contract of a store: the folder of a study (:class:`passgap.store.StudyFolder`)."""

from __future__ import annotations

import datetime as dt
import json
from itertools import pairwise
from pathlib import Path

import pytest

from passgap.errors import StoreError
from passgap.records import FinishReason, Manifest, OutcomeKind, Result, Sample
from passgap.store import (
    ResultsArtifact,
    SamplesArtifact,
    StudyFolder,
    read_results,
    read_samples,
    write_results,
    write_samples,
)

NOON = dt.datetime(2026, 4, 1, 12, tzinfo=dt.UTC)


class StoreContract:
    """Holds a store to its contract. Subclass it in a test module and implement :meth:`make`::

        class TestMyStore(StoreContract):
            def make(self, folder):
                return MyStudyFolder(folder)

    A store keeps everything below a folder: two stores of one folder are the same study in two processes.
    """

    def make(self, folder: Path) -> StudyFolder:
        """Open the store of a folder, which may be new."""
        raise NotImplementedError("implement `make`, or override the fixture `store`")

    @pytest.fixture
    def store(self, tmp_path: Path) -> StudyFolder:
        """The store under test, empty."""
        return self.make(tmp_path)

    def test_the_same_inputs_give_the_same_artifact_and_others_another(self, store: StudyFolder) -> None:
        first = store.artifact("base-samples", {"seed": 1, "k": [1, 2]})
        assert store.artifact("base-samples", {"k": [1, 2], "seed": 1}).folder == first.folder
        assert store.artifact("base-samples", {"k": [1, 2], "seed": 2}).folder != first.folder
        assert store.artifact("ssd-samples", {"seed": 1, "k": [1, 2]}).folder != first.folder

    def test_an_artifact_is_complete_when_it_is_finished_and_not_before(
        self, store: StudyFolder, tmp_path: Path
    ) -> None:
        artifact = store.artifact("base-samples", {"seed": 1})
        assert not artifact.complete
        artifact.begin()
        assert not artifact.complete
        assert [entry.complete for entry in store.index()] == [False]
        artifact.finish(Manifest.model_validate({"samples": 3}))
        again = self.make(tmp_path).artifact("base-samples", {"seed": 1})
        assert again.complete
        assert again.manifest.facts["samples"] == 3
        assert again.inputs == {"seed": 1}

    def test_an_unfinished_artifact_has_no_manifest(self, store: StudyFolder) -> None:
        artifact = store.artifact("base-samples", {"seed": 1})
        artifact.begin()
        with pytest.raises(StoreError):
            _ = artifact.manifest

    def test_artifacts_are_listed_in_the_order_in_which_they_were_finished(
        self, store: StudyFolder, tmp_path: Path
    ) -> None:
        begun = [store.artifact(name, {"seed": 1}) for name in ("c-samples", "a-samples", "b-samples")]
        for each in begun:
            each.begin()
        for each in begun[:2]:
            each.finish(Manifest())
        listed = self.make(tmp_path).index()
        assert [(entry.name, entry.complete) for entry in listed] == [
            ("c-samples", True),
            ("a-samples", True),
            ("b-samples", False),
        ]

    def test_a_damaged_artifact_is_named_and_hides_no_other(self, store: StudyFolder) -> None:
        for name in ("a-samples", "b-samples"):
            artifact = store.artifact(name, {"seed": 1})
            artifact.begin()
            artifact.finish(Manifest())
        store.artifact("a-samples", {"seed": 1}).path("inputs.json").write_text('{"seed": 2}')
        damaged = {entry.name: bool(entry.damaged) for entry in store.index()}
        assert damaged == {"a-samples": True, "b-samples": False}

    @pytest.mark.parametrize("name", ["../x", "a/b", "", "Base"])
    def test_a_name_that_could_leave_the_folder_is_refused(self, store: StudyFolder, name: str) -> None:
        with pytest.raises(ValueError, match="name"):
            store.artifact(name, {})

    def test_samples_and_results_are_read_as_they_were_written(self, store: StudyFolder, tmp_path: Path) -> None:
        sample = Sample(
            problem_id="p",
            index=0,
            completion="x = '\u00e9\u2028'\n",
            finish_reason=FinishReason.STOP,
            seed=2**63 - 1,
            prompt_tokens=1,
            completion_tokens=2,
            tokens=(1, 2),
        )
        result = Result(task_id="p", sample=0, passed=None, outcome=OutcomeKind.UNSCORED)
        samples = store.artifact("base-samples", {"seed": 1}, SamplesArtifact)
        results = store.artifact("base-results", {"samples": samples.digest}, ResultsArtifact)
        for artifact in (samples, results):
            artifact.begin()
        write_samples(samples.shard_path(0), [sample], {})
        write_results(results.shard_path(0), [result])
        for artifact in (samples, results):
            artifact.finish(Manifest())
        again = self.make(tmp_path)
        assert list(read_samples(again.artifact("base-samples", {"seed": 1}, SamplesArtifact).shard_path(0))) == [
            sample
        ]
        assert list(read_results(again.artifact("base-results", results.inputs, ResultsArtifact).shard_path(0))) == [
            result
        ]

    def test_the_ledger_keeps_every_entry_in_order(self, store: StudyFolder, tmp_path: Path) -> None:
        assert store.ledger.entries() == ()
        for number in range(3):
            store.ledger.append("note", {"number": number}, who="ann", time=NOON)
        entries = self.make(tmp_path).ledger.entries()
        assert [entry.payload for entry in entries] == [{"number": 0}, {"number": 1}, {"number": 2}]
        assert all(later.previous == earlier.hash for earlier, later in pairwise(entries))
        assert store.ledger.head == entries[-1].hash

    @pytest.mark.parametrize("line", [0, 1, 2])
    def test_an_edited_ledger_is_refused(self, store: StudyFolder, tmp_path: Path, line: int) -> None:
        for number in range(3):
            store.ledger.append("note", {"number": number}, who="ann", time=NOON)
        lines = store.ledger.path.read_text(encoding="utf-8").splitlines()
        edited = json.loads(lines[line])
        edited["payload"]["number"] = 99
        lines[line] = json.dumps(edited)
        store.ledger.path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        with pytest.raises(StoreError):
            self.make(tmp_path).ledger.entries()
