"""Nothing outside the named folders is opened."""

from __future__ import annotations

from pathlib import Path

import pytest

from passgap.assistants.folders import AllowedFolders
from passgap.errors import StudyError


@pytest.fixture
def folders(tmp_path: Path) -> AllowedFolders:
    for name in ("first", "second", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.jsonl").write_text("{}\n")
    (tmp_path / "first" / "link").symlink_to(tmp_path / "other")
    (tmp_path / "first" / "inner").symlink_to(tmp_path / "second")
    return AllowedFolders([tmp_path / "first", str(tmp_path / "second")])


def test_a_path_within_a_folder_is_found_in_whichever_it_is(folders: AllowedFolders, tmp_path: Path) -> None:
    assert folders.path("second.jsonl") == tmp_path / "second" / "second.jsonl"
    assert folders.path(tmp_path / "first" / "first.jsonl") == tmp_path / "first" / "first.jsonl"
    assert folders.path("inner/second.jsonl") == tmp_path / "second" / "second.jsonl"


@pytest.mark.parametrize(
    "path", ["../other/other.jsonl", "link/other.jsonl", "/etc/passwd", "~/x", "first/../../other"]
)
def test_a_path_out_of_the_folders_is_refused_whether_it_exists_or_not(folders: AllowedFolders, path: str) -> None:
    with pytest.raises(StudyError, match="outside the folders"):
        folders.path(path)


@pytest.mark.parametrize("path", ["a\0b", "x" * 5000, f"{'d/' * 3000}x", "~nobody-here/x", "loop/x"])
def test_a_text_that_is_no_path_is_refused_and_not_repeated_at_length(folders: AllowedFolders, path: str) -> None:
    (folders.folders[0] / "loop").symlink_to(folders.folders[0] / "loop")
    with pytest.raises(StudyError) as refused:
        folders.path(path)
    assert len(str(refused.value)) < 1000


def test_a_missing_file_is_named(folders: AllowedFolders) -> None:
    with pytest.raises(StudyError, match="does not exist"):
        folders.path("nothing.jsonl")


@pytest.mark.parametrize(
    ("text", "outside"),
    [
        ("/etc/hostname", True),
        ("../other/other.jsonl", True),
        ("/no/such/file", True),
        ("~/nothing.jsonl", True),
        ("link/other.jsonl", True),
        ("first.jsonl", False),
        ("inner/second.jsonl", False),
        ("owner/model", False),
        ("the /chat endpoint", False),
        ("no lift, or an alert ..", False),
        ("a\nb", False),
    ],
)
def test_a_study_that_names_files_outside_is_refused(
    folders: AllowedFolders, tmp_path: Path, text: str, outside: bool
) -> None:
    study = {"pool": {"path": text}, "arms": {"sft": {"data": ["x"]}}}
    if outside:
        with pytest.raises(StudyError) as refused:
            folders.refuse_outside(study, tmp_path / "first")
        assert refused.value.problems[0].startswith("pool.path: ")
    else:
        folders.refuse_outside(study, tmp_path / "first")


def test_folders_are_named_and_exist(tmp_path: Path) -> None:
    for given in ([], [tmp_path / "none"]):
        with pytest.raises(StudyError, match="nothing but the folders"):
            AllowedFolders(given)
