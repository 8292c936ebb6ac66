"""The calls in flight: what a killed process leaves in their file becomes one row each, however often it is read."""

from __future__ import annotations

import multiprocessing
import os
import signal
from pathlib import Path

from passgap.promotion.telemetry.day_log import DayLog
from passgap.promotion.telemetry.in_flight import SLOT, InFlight, read_back
from passgap.promotion.telemetry.reading import read_rows
from passgap.promotion.telemetry.rows import CallRow, Outcome
from telemetry_rows import call


def left(number: int) -> bytes:
    return call(number, request_id=f"{number:032x}", outcome=Outcome.GATEWAY_KILLED).model_dump_json().encode()


def ids(folder: Path) -> list[int]:
    return sorted(int(row.request_id, 16) for batch in read_rows(folder, CallRow) for row in batch.rows)


def killed(folder: Path, instance: str, work: str) -> None:
    """Run some work on a gateway's files in a process that is killed in the middle of it."""
    context = multiprocessing.get_context("fork")
    child = context.Process(target=_work, args=(folder, instance, work))
    child.start()
    child.join(600)
    assert child.exitcode == -signal.SIGKILL


def _work(folder: Path, instance: str, work: str) -> None:
    log, calls = DayLog(folder, instance), InFlight(folder, instance)
    slots = {number: calls.add(left(number)) for number in range(600)}
    for number in range(0, 600, 2):
        log.append(call(number, request_id=f"{number:032x}"))
        slot = slots[number]
        assert slot is not None
        if work != "unstruck":
            calls.done(slot, settled=True)
    if work == "torn":
        with (folder / f"calls-2026-05-01.{instance}.jsonl").open("ab") as handle:
            handle.write(b'{"schema_version":1,"request_id":"%032x"' % 1)
    os.kill(os.getpid(), signal.SIGKILL)


def test_calls_without_a_row_get_one_whatever_the_kill_left(tmp_path: Path) -> None:
    for work in ("struck out", "unstruck", "torn"):
        folder = tmp_path / work
        folder.mkdir()
        killed(folder, "aa", work)
        assert ids(folder) == list(range(0, 600, 2)), work
        assert read_back(folder) == 300, work
        assert ids(folder) == list(range(600)), work
        rows = [row for batch in read_rows(folder, CallRow) for row in batch.rows]
        assert {row.outcome for row in rows if int(row.request_id, 16) % 2} == {Outcome.GATEWAY_KILLED}, work
        assert read_back(folder) == 0 and not list(folder.glob("in-flight.*")), work


def test_a_reading_that_is_killed_is_done_again_and_doubles_nothing(tmp_path: Path) -> None:
    killed(tmp_path, "aa", "struck out")
    kept = (tmp_path / "in-flight.aa").read_bytes()
    assert read_back(tmp_path) == 300
    (tmp_path / "in-flight.aa").write_bytes(kept)  # as where the kill came before the file was deleted
    assert read_back(tmp_path) == 0
    assert ids(tmp_path) == list(range(600))


def test_a_gateway_that_lives_is_left_alone(tmp_path: Path) -> None:
    calls = InFlight(tmp_path, "aa")
    slot = calls.add(left(1))
    assert slot is not None and read_back(tmp_path) == 0
    calls.done(slot, settled=True)
    calls.close()
    assert not list(tmp_path.iterdir())


def test_a_call_whose_row_waits_for_the_disk_stays_until_it_is_settled(tmp_path: Path) -> None:
    calls = InFlight(tmp_path, "aa")
    slot = calls.add(left(1))
    assert slot is not None
    calls.done(slot, settled=False)
    before = (tmp_path / "in-flight.aa").read_bytes()
    assert before[slot * SLOT :].startswith(b"{")
    calls.settle()
    assert not (tmp_path / "in-flight.aa").read_bytes()[slot * SLOT :].startswith(b"{")
    again = calls.add(left(2))
    calls.close()
    assert again is not None and read_back(tmp_path) == 1, "a gateway that ended with a call without a row"


def test_slots_are_used_again_and_a_row_that_fits_in_none_is_refused(tmp_path: Path) -> None:
    calls = InFlight(tmp_path, "aa")
    size = (tmp_path / "in-flight.aa").stat().st_size
    for number in range(5000):
        slot = calls.add(left(number))
        assert slot is not None
        calls.done(slot, settled=True)
    assert (tmp_path / "in-flight.aa").stat().st_size == size
    assert calls.add(b"{" + b" " * SLOT) is None
    held = [calls.add(left(number)) for number in range(1000)]
    assert len(set(held)) == 1000 and None not in held
    calls.close()
    assert read_back(tmp_path) == 1000
