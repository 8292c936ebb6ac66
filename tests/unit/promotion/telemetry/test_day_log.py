"""Rows reach the kernel at once, in the file of their day; a full disk delays them, and loses and doubles none."""

from __future__ import annotations

import datetime as dt
import errno
import os
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from passgap.promotion.telemetry.day_log import DayLog
from passgap.promotion.telemetry.reading import day_files, read_rows
from passgap.promotion.telemetry.rows import CallRow
from telemetry_rows import call

TODAY = dt.date(2026, 5, 1)


class Disk:
    """A disk with so much space: it takes what fits, as a real one does, and then nothing."""

    def __init__(self, space: int) -> None:
        self.space = space

    def write(self, descriptor: int, data: bytes) -> int:
        if self.space <= 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        taken = data[: self.space]
        self.space -= len(taken)
        return os.write(descriptor, taken)


def names(folder: Path) -> list[str]:
    return [row.request_id for batch in read_rows(folder, CallRow) for row in batch.rows]


def test_a_row_is_on_file_when_it_is_appended_and_belongs_to_its_day(tmp_path: Path) -> None:
    log = DayLog(tmp_path, "a")
    log.append(call(1))
    assert names(tmp_path) == ["r1"]
    log.append(call(2, time=dt.datetime(2026, 5, 2, 0, 30, tzinfo=dt.timezone(dt.timedelta(hours=2)))))
    log.append(call(3, time=dt.datetime(2026, 5, 2, tzinfo=dt.UTC)))
    assert [each.path.name for each in day_files(tmp_path)] == ["calls-2026-05-01.a.jsonl", "calls-2026-05-02.a.jsonl"]
    assert names(tmp_path) == ["r1", "r2", "r3"]
    assert (tmp_path / "calls-2026-05-01.a.jsonl").stat().st_mode & 0o777 == 0o600
    log.close()


@given(st.lists(st.integers(0, 3000), max_size=12))
def test_a_disk_that_is_full_again_and_again_loses_and_doubles_no_row(
    tmp_path_factory: object, spaces: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("log")  # type: ignore[attr-defined]
    disk = Disk(700)
    log = DayLog(folder, "a", write=disk.write)
    for number in range(12):
        log.append(call(number))
        if number < len(spaces):
            disk.space += spaces[number]
            log.flush()
    assert names(folder) == [f"r{number}" for number in range(12 - log.waiting)]
    assert (log.fault is None) == (log.waiting == 0)
    disk.space = 1 << 20
    log.flush()
    assert names(folder) == [f"r{number}" for number in range(12)]
    assert (log.waiting, log.lost, log.fault) == (0, 0, None)
    log.close()


def test_rows_beyond_what_memory_may_hold_are_counted(tmp_path: Path) -> None:
    disk = Disk(0)
    log = DayLog(tmp_path, "a", pending=3, write=disk.write)
    for number in range(5):
        log.append(call(number))
    assert (log.waiting, log.lost, log.fault) == (3, 2, os.strerror(errno.ENOSPC))
    disk.space = 1 << 20
    log.append(call(5))
    assert names(tmp_path) == ["r0", "r1", "r2", "r5"]
    log.close()


def test_the_space_that_was_held_back_is_the_logs_when_the_disk_is_full(tmp_path: Path) -> None:
    reserve = tmp_path / "reserve.a"

    def write(descriptor: int, data: bytes) -> int:
        if reserve.exists():
            raise OSError(errno.ENOSPC, "full")
        return os.write(descriptor, data)

    log = DayLog(tmp_path, "a", reserve=8192, write=write)
    assert reserve.stat().st_size == 8192
    log.append(call(1))
    assert names(tmp_path) == ["r1"] and not reserve.exists() and log.fault is None
    log.hold_back()
    assert reserve.exists()
    log.close()
    assert not reserve.exists()


def test_whole_days_are_forgotten_also_those_of_other_gateways(tmp_path: Path) -> None:
    for instance in ("a", "b"):
        log = DayLog(tmp_path, instance)
        for day in (28, 29, 30):
            log.append(call(day, time=dt.datetime(2026, 4, day, tzinfo=dt.UTC)))
        log.close()
    log = DayLog(tmp_path, "c")
    log.append(call(1))
    assert log.forget(before=dt.date(2026, 4, 30), today=TODAY) == 4
    assert sorted({each.day for each in day_files(tmp_path)}) == ["2026-04-30", "2026-05-01"]
    log.append(call(2))
    assert names(tmp_path)[-2:] == ["r1", "r2"]
    log.close()
