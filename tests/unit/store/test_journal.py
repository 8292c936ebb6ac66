"""A journal keeps every whole line of the same run, whatever killed the process that wrote it."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passgap.errors import StoreError
from passgap.store import Journal

LINES = ['{"id": 1}', '{"id": 2, "text": "\u2028\u00e9"}', '{"id": 3}']


def write(target: Path, *lines: str, of: str = "a") -> list[str]:
    with Journal(target, of) as journal:
        kept = list(journal.kept)
        for line in lines:
            journal.add(line)
    return kept


@given(cut=st.integers(min_value=0, max_value=200))
def test_a_file_cut_anywhere_gives_back_its_whole_lines(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    target = tmp_path_factory.mktemp("cut") / "out.jsonl"
    write(target, *LINES)
    partial = target.with_name("out.jsonl.partial")
    content = partial.read_bytes()[:cut]
    partial.write_bytes(content)
    whole = max(0, content.count(b"\n") - 1)
    assert write(target, "next") == LINES[:whole]
    assert write(target) == [*LINES[:whole], "next"]


def test_lines_of_another_run_are_not_kept(tmp_path: Path) -> None:
    write(tmp_path / "out.jsonl", *LINES, of="a")
    assert write(tmp_path / "out.jsonl", of="b") == []


def test_lines_before_the_disk_was_full_are_kept(tmp_path: Path) -> None:
    target = tmp_path / "out.jsonl"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        with pytest.raises(StoreError, match="could not be written"), Journal(target, "a") as journal:
            for line in LINES:
                journal.add(line)
            resource.setrlimit(resource.RLIMIT_FSIZE, (target.with_name("out.jsonl.partial").stat().st_size + 5, hard))
            journal.add("x" * 100)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert write(target) == LINES


def test_the_file_appears_when_it_is_finished(tmp_path: Path) -> None:
    target = tmp_path / "new" / "out.jsonl"
    with Journal(target, "a") as journal:
        journal.add(LINES[0])
        assert not target.exists()
        journal.finish(LINES)
    assert target.read_text(encoding="utf-8").split("\n") == [*LINES, ""]
    assert [path.name for path in target.parent.iterdir()] == ["out.jsonl"]


def test_a_place_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be written"):
        Journal(tmp_path / "file" / "out.jsonl", "a")
