"""An artifact is complete when it says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from passgap.errors import StoreError
from passgap.records import StageManifest
from passgap.store import StudyFolder, write_json, write_text


def test_an_artifact_is_complete_when_its_manifest_is_written(tmp_path: Path) -> None:
    artifact = StudyFolder(tmp_path).artifact("x", {"a": 1})
    artifact.begin()
    write_text(artifact.shard(0, "jsonl"), "{}\n")
    assert not artifact.complete
    artifact.finish(StageManifest(samples=3))
    assert artifact.complete
    assert artifact.manifest.read_as(StageManifest).samples == 3


def test_a_manifest_of_another_version_is_refused(tmp_path: Path) -> None:
    artifact = StudyFolder(tmp_path).artifact("x", {})
    write_json(artifact.path("manifest.json"), {"schema_version": 99})
    with pytest.raises(StoreError, match="another version"):
        _ = artifact.manifest
