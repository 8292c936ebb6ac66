from __future__ import annotations

from pathlib import Path

import pytest

from passgap.errors import NotOnDiskError
from passgap.store import FinishedFolder, SamplesArtifact, StudyFolder, TracedFolder

INPUTS = {"prompts": "p", "problems": 1, "decoding": {}, "per_prompt": 1, "seed": 7, "engine": {"model_digest": "d"}}


def test_it_gives_what_the_folder_gives_and_remembers_it(tmp_path: Path) -> None:
    plain, traced = StudyFolder(tmp_path), TracedFolder(StudyFolder(tmp_path), "dpo")
    found = traced.artifact("base-pool-samples", INPUTS, SamplesArtifact)
    assert type(found) is SamplesArtifact
    assert found.folder == plain.artifact("base-pool-samples", INPUTS, SamplesArtifact).folder
    assert traced.used == {found.folder} and traced.ledger.path == plain.ledger.path


def test_a_folder_that_is_only_read_stays_so(tmp_path: Path) -> None:
    traced = TracedFolder(FinishedFolder(tmp_path), "dpo")
    with pytest.raises(NotOnDiskError):
        traced.artifact("base-pool-samples", INPUTS, SamplesArtifact).begin()


def test_what_was_asked_for_once_is_remembered_when_it_is_not_asked_for_again(tmp_path: Path) -> None:
    first = TracedFolder(StudyFolder(tmp_path), "dpo")
    made = first.artifact("base-pool-samples", INPUTS, SamplesArtifact)
    made.begin()
    absent = first.artifact("base-pool-samples", {**INPUTS, "seed": 8}, SamplesArtifact)
    first.keep()
    assert absent.folder in first.used
    assert TracedFolder(StudyFolder(tmp_path), "dpo").used == {made.folder}, "of what was made"
    assert TracedFolder(StudyFolder(tmp_path), "ssd").used == frozenset()
    written = (tmp_path / "artifacts" / "dpo.used.json").stat().st_mtime_ns
    again = TracedFolder(StudyFolder(tmp_path), "dpo")
    again.artifact("base-pool-samples", INPUTS, SamplesArtifact)
    again.keep()
    assert (tmp_path / "artifacts" / "dpo.used.json").stat().st_mtime_ns == written


def test_a_process_that_is_killed_after_a_model_is_made_has_recorded_what_it_was_made_from(tmp_path: Path) -> None:
    killed = TracedFolder(StudyFolder(tmp_path), "dpo", writes=True)
    samples = killed.artifact("base-pool-samples", INPUTS, SamplesArtifact)
    samples.begin()
    killed.artifact("dpo-model", INPUTS).begin()  # and never again: no `keep`
    assert TracedFolder(StudyFolder(tmp_path), "dpo").used == {samples.folder}
