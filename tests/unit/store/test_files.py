"""Files are written atomically, whatever happens to the process that writes them."""

from __future__ import annotations

import multiprocessing
import os
import signal
from pathlib import Path

import pytest

from passgap.errors import StoreError
from passgap.store import atomic_path, write_text


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


def test_a_disk_that_is_full_before_the_first_byte_is_said_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: str, *_: object) -> None:
        raise OSError(28, "No space left on device", path)

    monkeypatch.setattr(os, "mkdir", full)
    with pytest.raises(StoreError, match="could not be written"), atomic_path(tmp_path / "folder" / "x"):
        pytest.fail("nothing can be staged")
    with pytest.raises(StoreError, match="could not be written"), atomic_path(tmp_path / "x"):
        pytest.fail("nothing can be staged")


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
