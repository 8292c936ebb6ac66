from __future__ import annotations

from pathlib import Path

import pytest

from passgap.errors import NotOnDiskError
from passgap.store import FinishedFolder, SamplesArtifact, StudyFolder, TracedFolder

INPUTS = {"prompts": "p", "problems": 1, "decoding": {}, "per_prompt": 1, "seed": 7, "engine": {"model_digest": "d"}}


def test_it_gives_what_the_folder_gives_and_remembers_it(tmp_path: Path) -> None:
    plain, traced = StudyFolder(tmp_path), TracedFolder(StudyFolder(tmp_path))
    found = traced.artifact("base-pool-samples", INPUTS, SamplesArtifact)
    assert type(found) is SamplesArtifact
    assert found.folder == plain.artifact("base-pool-samples", INPUTS, SamplesArtifact).folder
    assert traced.used == {found.folder} and traced.ledger.path == plain.ledger.path


def test_a_folder_that_is_only_read_stays_so(tmp_path: Path) -> None:
    traced = TracedFolder(FinishedFolder(tmp_path))
    with pytest.raises(NotOnDiskError):
        traced.artifact("base-pool-samples", INPUTS, SamplesArtifact).begin()
