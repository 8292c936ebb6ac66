"""Patches of repositories as git writes them, applied exactly or not at all; and repositories with hostile names."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from passgap.tasks.sources._commits import Commits, edited
from passgap.tasks.sources._patches import patched, touched_paths
from passgap.tasks.sources._repositories import files_at, found_repository
from repositories import git

FILES = {
    "shop/due.py": (b"def due(a):\n    return sum(a)\n", False),
    "run.sh": (b"#!/bin/sh\n", True),
    "shop/empty.py": (b"", False),
    "data.bin": (b"\x00\xff", False),
    'w\u00fcrst "a".txt': (b"1\r\n2\r\n3", False),
    "a b/c d.txt": (b"one\n", False),
}
AFTER = {
    "shop/due.py": "def due(a):\n    return sum(a)\n\n\n-- x\n++ y\n",
    "shop/new/__init__.py": "",
    "run.sh": "#!/bin/sh\nexit 0\n",
    'w\u00fcrst "a".txt': "1\r\n2\x0c\r\nthree",
    "a b/c d.txt": "two",
}


def patch_between(folder: Path, renames: bool = False) -> str:
    """The patch of a change of content, mode, names and empty files, as git writes it for everybody."""
    place = folder / "work"
    place.mkdir()
    git(place, "init", "-q")
    for path, (content, executable) in FILES.items():
        place.joinpath(path).parent.mkdir(parents=True, exist_ok=True)
        place.joinpath(path).write_bytes(content)
        place.joinpath(path).chmod(0o755 if executable else 0o644)
    git(place, "add", "-A")
    git(place, "commit", "-q", "-m", "one")
    for path, text in AFTER.items():
        place.joinpath(path).parent.mkdir(parents=True, exist_ok=True)
        place.joinpath(path).write_bytes(text.encode())
    place.joinpath("shop/empty.py").unlink()
    place.joinpath("shop/due.py").chmod(0o755)
    if renames:
        place.joinpath("a b/c d.txt").rename(place / "moved.txt")
    git(place, "add", "-A")
    ran = subprocess.run(["git", "-C", place, "diff", "--cached"], check=True, capture_output=True)
    return ran.stdout.decode()


@pytest.mark.parametrize("renames", [False, True])
def test_a_patch_of_git_gives_what_git_has_after_it(renames: bool, tmp_path: Path) -> None:
    result = patched(FILES, patch_between(tmp_path, renames))
    wanted = dict(AFTER)
    if renames:
        wanted["moved.txt"] = wanted.pop("a b/c d.txt")
    assert result.files == wanted
    assert set(result.removed) == {"shop/empty.py", *(["a b/c d.txt"] if renames else [])}


def test_the_paths_of_a_patch_are_those_of_its_headers() -> None:
    patch = (
        "diff --git a/x.py b/x.py\n--- a/x.py\n+++ b/x.py\n@@ -1,3 +1,3 @@\n"
        "--- a/../../etc/passwd\n+++ b/../out\n context\n-a\n+b\n\\ No newline at end of file\n"
        "diff --git a/old b/new\nsimilarity index 100%\nrename from old\nrename to new\n"
        'diff --git "a/\\303\\274" "b/\\303\\274"\nold mode 100644\nnew mode 100755\n'
    )
    assert sorted(set(touched_paths(patch))) == ["new", "old", "x.py", "ü"]


def adding(path: str, text: str, mode: str = "100644") -> str:
    """A patch that adds a file of one line."""
    head = f"diff --git a/{path} b/{path}\nnew file mode {mode}\n--- /dev/null\n+++ b/{path}\n"
    return f"{head}@@ -0,0 +1 @@\n+{text}\n\\ No newline at end of file\n"


def changing(path: str, hunk: str = "@@ -1 +1 @@\n-a\n+b\n") -> str:
    return f"--- a/{path}\n+++ b/{path}\n{hunk}"


@pytest.mark.parametrize(
    ("patch", "said"),
    [
        ("", "names none"),
        ("no patch at all", "names none"),
        (changing("../out.py"), "no file below the repository"),
        (changing("/etc/passwd"), "no file below the repository"),
        ('--- "a/\\056\\056/x"\n+++ "b/\\056\\056/x"\n@@ -1 +1 @@\n-a\n+b\n', "no file below the repository"),
        (changing("shop/due.py", "@@ -1,2 +1,2 @@\n def due(b):\n-    return sum(a)\n+    return 1\n"), "git apply"),
        (changing("shop/due.py", "@@ -1,9 +1,9 @@\n def due(a):\n"), "git apply"),
        (adding("shop/due.py", "x"), "git apply"),
        (
            "diff --git a/data.bin b/data.bin\nindex 1..2 100644\nBinary files a/data.bin and b/data.bin differ\n",
            "git a",
        ),
        (adding(".git/config", "x"), "git apply"),
        (adding("l", "/etc", "120000") + adding("l/x", "x"), "git apply"),
    ],
    ids=range(11),
)
def test_a_patch_that_does_not_apply_or_climbs_out_is_refused(patch: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        patched(FILES, patch)


def test_a_link_that_a_patch_makes_is_no_file() -> None:
    assert patched(FILES, adding("l", "/etc/passwd", "120000")).files == {}


def test_commits_hold_files_as_they_are_and_their_difference_applies(tmp_path: Path) -> None:
    commits = Commits(tmp_path / "some.git")
    one = commits.commit(FILES)
    after = edited(FILES, AFTER, ("shop/empty.py",))
    other = commits.commit(after)
    assert files_at(tmp_path / "some.git", one) == FILES
    assert files_at(tmp_path / "some.git", other) == after
    result = patched(FILES, commits.difference(one, other))
    assert result.files == AFTER and result.removed == ("shop/empty.py",)
    assert Commits(tmp_path / "more.git").commit(FILES) == one


@pytest.mark.parametrize("name", ["..", "../etc", "/etc", "a/../../etc", "", ".", "a/b/c", "-rf", "a\0b", "~root"])
def test_a_name_that_climbs_out_finds_no_repository(name: str, tmp_path: Path) -> None:
    (tmp_path / "repositories").mkdir()
    for repository, instance in ((name, "one"), ("acme/shop", name)):
        with pytest.raises(ValueError, match="is no name"):
            found_repository(tmp_path / "repositories", repository, instance)
