"""One process at a time works on a study, and a process that is gone holds nothing."""

from __future__ import annotations

import fcntl
import multiprocessing
import os
import signal
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from passgap.errors import StoreError
from passgap.store import study_lock

FORK = multiprocessing.get_context("fork")


def _hold(folder: Path, held: Event, release: Event) -> None:
    with study_lock(folder):
        held.set()
        release.wait(600)


def _hold_as_earlier_versions_did(folder: Path, held: Event, release: Event) -> None:
    with (folder / ".lock").open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        held.set()
        release.wait(600)


def held_by_another(folder: Path, hold: Callable[[Path, Event, Event], None] = _hold) -> tuple[BaseProcess, Event]:
    held, release = FORK.Event(), FORK.Event()
    process = FORK.Process(target=hold, args=(folder, held, release))
    process.start()
    assert held.wait(600)
    return process, release


@pytest.mark.parametrize("hold", [_hold, _hold_as_earlier_versions_did])
def test_two_processes_cannot_work_on_one_study(tmp_path: Path, hold: Callable[[Path, Event, Event], None]) -> None:
    process, release = held_by_another(tmp_path, hold)
    with pytest.raises(StoreError, match="another process") as caught, study_lock(tmp_path):
        pass
    assert "stop it" in caught.value.problems[0]
    release.set()
    process.join()
    with study_lock(tmp_path):
        pass


def test_a_process_that_was_killed_holds_nothing(tmp_path: Path) -> None:
    process, _ = held_by_another(tmp_path)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert (tmp_path / ".lock").exists()
    with study_lock(tmp_path):
        pass


def test_an_error_frees_the_study(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="broken"), study_lock(tmp_path):
        raise ValueError("broken")
    with study_lock(tmp_path):
        pass


def test_a_folder_that_cannot_be_locked_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / ".lock").mkdir()
    with pytest.raises(StoreError, match="cannot be locked") as caught, study_lock(tmp_path):
        pass
    assert "network file system" in caught.value.problems[0]
