"""Artifacts are found by their inputs, complete only when they say so, and written whole or not at all."""

from __future__ import annotations

import multiprocessing
import os
import signal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from passgap.errors import StoreError
from passgap.records import FinishReason, OutcomeKind, Result, Sample, StageManifest
from passgap.store import (
    StudyFolder,
    atomic_path,
    read_results,
    read_samples,
    write_json,
    write_results,
    write_samples,
    write_text,
)


def test_the_same_inputs_give_the_same_folder_and_others_another(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path)
    first = folder.artifact("base-samples", {"seed": 1, "k": [1, 2]})
    assert folder.artifact("base-samples", {"k": [1, 2], "seed": 1}).folder == first.folder
    assert folder.artifact("base-samples", {"seed": 2, "k": [1, 2]}).folder != first.folder


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


def test_a_name_that_could_leave_the_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="lower case"):
        StudyFolder(tmp_path).artifact("../x", {})


def test_a_failed_write_leaves_the_old_file_and_no_scraps(tmp_path: Path) -> None:
    target = tmp_path / "file.txt"
    write_text(target, "old")
    with pytest.raises(RuntimeError), atomic_path(target) as staged:
        staged.write_text("half of the new")
        raise RuntimeError
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["file.txt"]


def test_a_folder_is_replaced_whole(tmp_path: Path) -> None:
    for text in ("one", "two"):
        with atomic_path(tmp_path / "checkpoint") as staged:
            staged.mkdir()
            (staged / "weights").write_text(text)
    assert (tmp_path / "checkpoint" / "weights").read_text() == "two"


def test_a_full_disk_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="could not be written") as caught, atomic_path(tmp_path / "x") as staged:
        raise OSError(28, "No space left on device", str(staged))
    assert "Free some space" in caught.value.problems[0]


def _write_and_die(target: Path) -> None:
    with atomic_path(target) as staged:
        staged.write_text("half")
        os.kill(os.getpid(), signal.SIGKILL)


def test_a_writer_killed_in_the_middle_leaves_no_file(tmp_path: Path) -> None:
    process = multiprocessing.get_context("fork").Process(target=_write_and_die, args=(tmp_path / "shard",))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert not (tmp_path / "shard").exists()


def _sample(problem: str, index: int, text: str) -> Sample:
    return Sample(
        problem_id=problem,
        index=index,
        completion=text,
        finish_reason=FinishReason.STOP,
        seed=2**62,
        prompt_tokens=5,
        completion_tokens=7,
    )


def test_samples_survive_the_way_to_disk_and_back(tmp_path: Path) -> None:
    samples = [_sample("b", 1, "x = 'é\u2028\\n'\n"), _sample("b", 0, ""), _sample("a", 0, "\x00\t\r\n")]
    write_samples(tmp_path / "s.parquet", samples, {"seed": 1})
    assert read_samples(tmp_path / "s.parquet") == [samples[2], samples[1], samples[0]]


def test_kept_logprobs_survive_in_single_precision(tmp_path: Path) -> None:
    kept = _sample("a", 0, "x").model_copy(update={"logprobs": (-0.5, -2.25, 0.0)})
    write_samples(tmp_path / "s.parquet", [kept, _sample("b", 0, "y")], {})
    assert read_samples(tmp_path / "s.parquet") == [kept, _sample("b", 0, "y")]


def test_a_shard_from_before_logprobs_were_kept_is_read(tmp_path: Path) -> None:
    write_samples(tmp_path / "s.parquet", [_sample("a", 0, "x")], {})
    pq.write_table(pq.read_table(tmp_path / "s.parquet").drop_columns("logprobs"), tmp_path / "old.parquet")
    assert read_samples(tmp_path / "old.parquet") == [_sample("a", 0, "x")]


def test_a_damaged_shard_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "s.parquet").write_bytes(b"PAR1 not really")
    with pytest.raises(StoreError, match="cannot be read") as caught:
        read_samples(tmp_path / "s.parquet")
    assert "generated again" in caught.value.problems[0]


def test_results_survive_the_way_to_disk_and_back(tmp_path: Path) -> None:
    results = [
        Result(task_id="a", sample=0, passed=True, outcome=OutcomeKind.PASSED, difficulty="easy", cases="PP"),
        Result(task_id="a", sample=1, passed=None, outcome=OutcomeKind.UNSCORED, reason="the jail died"),
    ]
    write_results(tmp_path / "r.jsonl", results)
    assert read_results(tmp_path / "r.jsonl") == results


def test_bad_result_lines_are_named_and_the_rest_counted(tmp_path: Path) -> None:
    (tmp_path / "r.jsonl").write_text("{}\n" * 25)
    with pytest.raises(StoreError) as caught:
        read_results(tmp_path / "r.jsonl")
    assert caught.value.problems[0].startswith("line 1:")
    assert caught.value.problems[-1] == "and 5 more lines"
