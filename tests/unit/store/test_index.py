"""The index says what there is, whatever a killed process has left and whatever was damaged since."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from artifacts import SAMPLES, made
from passgap.records import StageManifest
from passgap.store import (
    StudyFolder,
    select,
    write_json,
)
from passgap.store import artifacts as artifacts_module


def test_entries_say_what_they_are_in_the_order_in_which_they_were_finished(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path)
    names = ["ssd-probes-samples", "base-heldout-samples", "base-heldout-results", "base-signal", "ssd-model"]
    begun = folder.artifact("aaa-pool-samples", {"never": "finished"})
    begun.begin()
    for name in names:
        made(folder, name, {"of": name})
    entries = folder.index()
    assert [entry.name for entry in entries] == [*names, "aaa-pool-samples"]
    assert [entry.complete for entry in entries] == [True] * 5 + [False]
    assert [entry.kind for entry in entries] == ["samples", "samples", "results", "signal", "model", "samples"]
    assert entries[1].inputs == {"of": "base-heldout-samples"} and entries[1].manifest is not None
    assert entries[1].manifest.read_as(StageManifest).samples == 3

    copied = tmp_path / "copied"
    shutil.copytree(folder.artifacts, copied / "artifacts", copy_function=shutil.copyfile)  # keeps no times
    assert [entry.name for entry in StudyFolder(copied).index()] == [entry.name for entry in entries]


def test_a_study_without_artifacts_has_an_empty_index(tmp_path: Path) -> None:
    assert StudyFolder(tmp_path / "none").index() == ()


def test_artifacts_are_selected_by_name_stage_and_inputs(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path)
    first, second = (made(folder, "base-heldout-samples", {**SAMPLES, "seed": seed}) for seed in (1, 2))
    made(folder, "base-pool-samples", SAMPLES)
    index = folder.index()
    assert [entry.folder for entry in select(index, "base-heldout-samples")] == [first.folder, second.folder]
    assert [entry.folder for entry in select(index, wanted={"seed": 2})] == [second.folder]
    assert len(select(index, kind="samples", wanted={"engine.model_digest": "d"})) == 3
    assert select(index, wanted={"engine.model_digest.deeper": "d"}) == select(index, kind="results") == ()


def _die_in_the_middle(folder: Path, writes: int) -> None:
    """Begin and finish an artifact, and die before one of its files is moved into place."""
    done = 0

    def write(target: Path, value: object) -> None:
        nonlocal done
        if done == writes:
            os.kill(os.getpid(), signal.SIGKILL)
        done += 1
        write_json(target, value)

    artifacts_module.write_json = write  # type: ignore[assignment]
    made(StudyFolder(folder), "base-heldout-samples", SAMPLES)


@pytest.mark.parametrize(("writes", "listed", "complete"), [(0, 0, 0), (1, 1, 0), (2, 1, 1)])
def test_a_kill_between_the_files_of_an_artifact_leaves_the_index_right(
    tmp_path: Path, writes: int, listed: int, complete: int
) -> None:
    made(StudyFolder(tmp_path), "base-pool-samples", SAMPLES)
    process = multiprocessing.get_context("fork").Process(target=_die_in_the_middle, args=(tmp_path, writes))
    process.start()
    process.join()
    assert process.exitcode == (0 if complete else -signal.SIGKILL)
    index = StudyFolder(tmp_path).index()
    assert (len(index), len(select(index))) == (1 + listed, 1 + complete)
    again = made(StudyFolder(tmp_path), "base-heldout-samples", SAMPLES)
    assert len(select(StudyFolder(tmp_path).index())) == 2 and again.manifest.facts["samples"] == 3


def _tear(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


def _edit(path: Path) -> None:
    path.write_text(path.read_text().replace("7", "8"))


def _disorder(path: Path) -> None:
    path.write_text(path.read_text().replace('"order": 0', '"order": "first"'))


def _age(path: Path) -> None:
    path.write_text(path.read_text().replace('"schema_version": 1', '"schema_version": 99'))


@pytest.mark.parametrize(
    ("file", "damage", "said"),
    [
        ("inputs.json", _tear, "not JSON"),
        ("manifest.json", _tear, "not JSON"),
        ("inputs.json", _edit, "was changed"),
        ("manifest.json", _disorder, "`order`: should be a whole number"),
        ("manifest.json", _age, "another version"),
    ],
)
def test_a_damaged_artifact_is_named_and_hides_no_other(
    tmp_path: Path, file: str, damage: Callable[[Path], None], said: str
) -> None:
    folder = StudyFolder(tmp_path)
    damaged = made(folder, "base-heldout-samples", SAMPLES)
    made(folder, "base-pool-samples", SAMPLES)
    damage(damaged.path(file))
    index = folder.index()
    assert [entry.name for entry in select(index)] == ["base-pool-samples"]
    [entry] = [entry for entry in index if entry.damaged]
    assert entry.folder == damaged.folder and said in entry.damaged


def test_what_is_no_artifact_is_passed_over(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path)
    made(folder, "base-pool-samples", SAMPLES)
    (folder.artifacts / "notes").mkdir()
    (folder.artifacts / ".base-x-0123456789ab-q.partial").mkdir()
    (folder.artifacts / "base-heldout-samples-0123456789ab").mkdir()
    (folder.artifacts / "README").write_text("mine")
    assert [entry.name for entry in folder.index()] == ["base-pool-samples"]
