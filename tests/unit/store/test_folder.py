"""A study finds its artifacts by name and inputs, whatever machine they were made on."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import JsonValue

from artifacts import ENGINE, SAMPLES, made
from passgap.store import FinishedFolder, ResultsArtifact, SamplesArtifact, StudyFolder


def with_engine(**changes: JsonValue) -> dict[str, JsonValue]:
    return {**SAMPLES, "engine": {**ENGINE, **changes}}


def test_the_same_inputs_give_the_same_folder_and_others_another(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path)
    first = folder.artifact("base-samples", {"seed": 1, "k": [1, 2]})
    assert folder.artifact("base-samples", {"k": [1, 2], "seed": 1}).folder == first.folder
    assert folder.artifact("base-samples", {"seed": 2, "k": [1, 2]}).folder != first.folder


def test_a_name_that_could_leave_the_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="lower case"):
        StudyFolder(tmp_path).artifact("../x", {})


def test_an_artifact_of_a_machine_with_other_cores_is_the_same_artifact(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path)
    earlier = made(folder, "base-heldout-samples", with_engine(versions={"torch": "2", "lanes": "2"}))
    now = folder.artifact("base-heldout-samples", SAMPLES)
    assert (now.folder, now.digest, now.complete) == (earlier.folder, earlier.digest, True)
    for other in (with_engine(versions={"torch": "3"}), with_engine(model_digest="e"), {**SAMPLES, "seed": 8}):
        assert not folder.artifact("base-heldout-samples", other).complete
    assert not folder.artifact("ssd-heldout-samples", SAMPLES).complete


def test_an_interrupted_artifact_of_a_machine_with_other_cores_is_gone_on_with(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path)
    earlier = folder.artifact("base-heldout-samples", with_engine(versions={"torch": "2", "lanes": "2"}))
    earlier.begin()
    assert folder.artifact("base-heldout-samples", SAMPLES).folder == earlier.folder


def test_a_finished_study_takes_what_was_made_for_it_on_whatever_machine(tmp_path: Path) -> None:
    live, finished = StudyFolder(tmp_path), FinishedFolder(tmp_path)
    drawn = made(live, "base-heldout-samples", with_engine(dtype="bfloat16", device="cuda"))
    scored = made(live, "base-heldout-results", {"samples": drawn.digest, "problems": "q", "limits": {"seconds": 10}})
    made(live, "base-heldout-samples", with_engine(dtype="float32", device="cpu"))  # and never run
    asked = with_engine(dtype="none", device="none", versions={})
    assert finished.artifact("base-heldout-samples", asked, SamplesArtifact).folder == drawn.folder
    wanted: dict[str, JsonValue] = {"samples": drawn.digest, "problems": "other rules", "limits": {}}
    assert finished.artifact("base-heldout-results", wanted, ResultsArtifact).folder == scored.folder
    for other in ({**asked, "seed": 8}, {**asked, "prompts": "q"}, {**asked, "engine": {"model_digest": "e"}}):
        assert not finished.artifact("base-heldout-samples", other, SamplesArtifact).complete
    assert not live.artifact("base-heldout-samples", asked).complete
    assert not finished.artifact("study-tasks", {}).complete


def test_a_part_of_a_study_has_artifacts_of_its_own_which_the_whole_index_lists(tmp_path: Path) -> None:
    whole, part = StudyFolder(tmp_path), StudyFolder(tmp_path, "round-2/ssd")
    own, other = made(whole, "base-samples", SAMPLES), made(part, "base-samples", {**SAMPLES, "seed": 9})
    assert other.folder.is_relative_to(tmp_path / "round-2" / "ssd" / "artifacts")
    assert [each.folder for each in whole.index()] == [own.folder]
    assert [each.folder for each in part.index()] == [other.folder]
    assert [each.folder for each in part.index_of_all()] == [own.folder, other.folder]
    assert FinishedFolder(tmp_path, "round-2/ssd").index() == part.index()
