"""Both sides of a shared folder hold the same files after every message, and nothing is made outside it."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passgap.execution.worker.exchange.shared_folder import MESSAGE_BYTES, SharedFolder
from passgap.execution.worker.exchange.value_types import Malformed

NAMES = st.sampled_from(["a", "b", "b/c", "b/d", "b/c/e"])
ACTIONS = st.lists(
    st.tuples(st.sampled_from([0, 1]), st.sampled_from(["write", "append", "remove", "mode", "message"]), NAMES),
    max_size=25,
)


def act(folder: Path, what: str, name: str, number: int) -> None:
    """Do something to a file or folder, or nothing where that cannot be done."""
    path = folder / name
    try:
        if what == "write":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(str(number % 3))
        elif what == "append" and path.is_file():
            path.open("a").write("x")
        elif what == "remove":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        elif what == "mode" and path.is_file():
            path.chmod(0o600 + number % 2 * 0o44)
    except OSError:
        pass


def content(folder: Path) -> dict[str, object]:
    return {
        str(path.relative_to(folder)): (path.read_text(), path.stat().st_mode) if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


@settings(max_examples=60, deadline=None)
@given(ACTIONS)
def test_both_sides_hold_the_same_after_every_message(actions: list[tuple[int, str, str]]) -> None:
    with tempfile.TemporaryDirectory() as ours, tempfile.TemporaryDirectory() as theirs:
        folders = [Path(ours), Path(theirs)]
        sides = [SharedFolder(ours), SharedFolder(theirs)]
        turn = 0
        for number, (_, what, name) in enumerate(actions):
            if what != "message":
                act(folders[turn], what, name, number)
                continue
            sides[1 - turn].apply(sides[turn].changes())
            turn = 1 - turn
            assert content(folders[0]) == content(folders[1])
            assert sides[turn].changes()[1] == []


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "inside" / "work").mkdir(parents=True)
    (tmp_path / "secret").write_text("kept")
    return tmp_path / "inside"


FILE = [0o644, [1, "aGFybQ=="]]


@pytest.mark.parametrize(
    "path",
    ["../secret", "work/../../secret", "/secret", "", ".", "work/.", "work//x", "link/secret", "x\0y", "a" * 600],
)
def test_nothing_is_made_or_removed_outside(folder: Path, path: str) -> None:
    (folder / "link").symlink_to("..")
    side = SharedFolder(str(folder))
    before = sorted(folder.rglob("*"))
    side.apply([path, [[path, *FILE], [path], [path, 0o755, None]]])
    assert (folder.parent / "secret").read_text() == "kept"
    assert sorted(folder.rglob("*")) == before


def test_a_link_is_replaced_rather_than_followed(folder: Path) -> None:
    (folder / "work" / "x").symlink_to("../../secret")
    SharedFolder(str(folder)).apply([None, [["work/x", *FILE]]])
    assert (folder.parent / "secret").read_text() == "kept"
    assert (folder / "work" / "x").read_text() == "harm"


@pytest.mark.parametrize("name", ["json.py", "x.pyc", "y.so", "z.pth", "Q.PY", "d.py/inner"])
def test_what_python_would_load_is_not_carried(folder: Path, name: str) -> None:
    side = SharedFolder(str(folder))
    side.apply([None, [[f"work/{name}", *FILE]]])
    assert not (folder / "work" / name).exists()
    if "/" not in name:
        (folder / "work" / name).write_text("x = 1")
        assert [entry[0] for entry in side.changes()[1]] == ["work"]


def test_links_and_pipes_are_not_carried(folder: Path) -> None:
    (folder / "work" / "link").symlink_to("/etc/hostname")
    os.mkfifo(folder / "work" / "pipe")
    assert [entry[0] for entry in SharedFolder(str(folder)).changes()[1]] == ["work"]


def test_a_file_that_is_too_long_is_left_out(folder: Path) -> None:
    (folder / "work" / "large").write_bytes(bytes(MESSAGE_BYTES + 1))
    (folder / "work" / "small").write_text("x")
    assert sorted(entry[0] for entry in SharedFolder(str(folder)).changes()[1]) == ["work", "work/small"]


@pytest.mark.parametrize(
    "changes",
    [
        [None, 5],
        [5, []],
        [None, [["work/x", "mode", None]]],
        [None, [["work/x", 0o644, [1, "not base64"]]]],
        [None, [["work/x", 0o644, ["1", "aGFybQ=="]]]],
        [None, [[5]]],
        [None, [["work/x", 0o644]]],
        [None, [["gone"]] * 20_001],
    ],
)
def test_what_is_malformed_is_refused(folder: Path, changes: object) -> None:
    with pytest.raises(Malformed):
        SharedFolder(str(folder)).apply(changes)
