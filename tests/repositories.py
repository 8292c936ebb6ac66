"""A git repository with a bug, the commit that fixes it, and rows of sets that ask for the fix."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

BUGGY = "def due(amounts):\n    return sum(amounts[1:])\n"
FIXED = "def due(amounts):\n    return sum(amounts)\n"
ISSUE = "`due` forgets the first amount."
TESTS = "from shop import due\n\n\ndef test_old():\n    assert due([]) == 0\n"
MORE_TESTS = f"{TESTS}\n\ndef test_first():\n    assert due([2, 3]) == 5\n"
TREE = {
    "shop/__init__.py": "from shop.due import due\n",
    "shop/due.py": BUGGY,
    "shop/data.bin": "\x00\x01",
    "tests/test_due.py": TESTS,
    "tests/conftest.py": "import pytest\n\n\n@pytest.fixture\ndef amounts():\n    return [2, 3]\n",
    "tests/gone.py": "old\n",
    "README.md": "# Shop\n",
}


def git(place: Path, *arguments: str) -> str:
    """Run git as somebody, without a configuration."""
    who = {f"GIT_{role}_{field}": "a@b.c" for role in ("AUTHOR", "COMMITTER") for field in ("NAME", "EMAIL")}
    environment = {**os.environ, **who, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    return subprocess.run(
        ["git", "-C", place, *arguments], check=True, capture_output=True, text=True, env=environment
    ).stdout.strip()


def made_repository(place: Path) -> dict[str, str]:
    """Make the repository; return its commits and the patches between them, by name."""
    for path, text in TREE.items():
        place.joinpath(path).parent.mkdir(parents=True, exist_ok=True)
        place.joinpath(path).write_text(text)
    place.joinpath("link.py").symlink_to("shop/due.py")
    place.joinpath("outside").symlink_to("/etc/passwd")
    git(place, "init", "-q", "-b", "main")
    git(place, "add", "-A")
    git(place, "commit", "-q", "-m", "bug")
    base = git(place, "rev-parse", "HEAD")
    place.joinpath("shop/due.py").write_text(FIXED)
    patch = git(place, "diff") + "\n"
    git(place, "commit", "-qam", "fix")
    reference = git(place, "rev-parse", "HEAD")
    place.joinpath("tests/test_due.py").write_text(MORE_TESTS)
    place.joinpath("tests/gone.py").unlink()
    test_patch = git(place, "diff") + "\n"
    git(place, "checkout", "-q", "-f", base)
    return {"base": base, "reference": reference, "patch": patch, "test_patch": test_patch}


def swe_bench_folder(folder: Path, **changed: Any) -> Path:
    """A folder with a row of SWE-bench and its repository."""
    made = made_repository(folder / "repositories" / "acme__shop")
    row = {
        "instance_id": "acme__shop-1",
        "repo": "acme/shop",
        "base_commit": made["base"],
        "patch": made["patch"],
        "test_patch": made["test_patch"],
        "problem_statement": ISSUE,
        "hints_text": "",
        "created_at": "2024-03-02T10:00:00Z",
        "version": "1.0",
        "FAIL_TO_PASS": json.dumps(["tests/test_due.py::test_first"]),
        "PASS_TO_PASS": json.dumps(["tests/test_due.py::test_old"]),
        "environment_setup_commit": made["base"],
    }
    (folder / "rows.jsonl").write_text(json.dumps({**row, **changed}) + "\n")
    return folder


def commit0_folder(folder: Path, **changed: Any) -> Path:
    """A folder with a row of commit0, its repository and the ids of its tests."""
    made = made_repository(folder / "repositories" / "shop")
    row = {
        "repo": "acme/shop",
        "base_commit": made["base"],
        "reference_commit": made["reference"],
        "setup": {},
        "test": {"test_cmd": "pytest", "test_dir": "tests/"},
        "src_dir": "shop/",
    }
    (folder / "rows.jsonl").write_text(json.dumps({**row, **changed}) + "\n")
    (folder / "test_ids").mkdir()
    (folder / "test_ids" / "shop.txt").write_text("tests/test_due.py::test_old\n\n")
    return folder
