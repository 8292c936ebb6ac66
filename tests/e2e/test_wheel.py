"""The wheel does the job outside a clone: it is complete, and needs no file of the repository."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this repository, built from a copy."""
    pytest.importorskip("hatchling", reason="the build backend is not installed here; `make wheel` fetches it")
    place = tmp_path_factory.mktemp("wheel")
    copy = place / "source"
    copy.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    shutil.copytree(ROOT / "src", copy / "src", ignore=shutil.ignore_patterns("__pycache__"))
    build = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "--quiet",
        "-w",
        str(place),
        ".",
    ]
    subprocess.run(build, cwd=copy, check=True)
    return next(place.glob("passgap-*.whl"))


@pytest.fixture(scope="module")
def program(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``passgap`` in an environment of its own, in which the dependencies of this one can be imported."""
    place = tmp_path_factory.mktemp("environment")
    venv.create(place, with_pip=False)
    packages = place / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    # A `.pth` file adds these packages and does not follow theirs, so an editable passgap there is not found.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--prefix", str(place)]
    subprocess.run([*install, "--ignore-installed", str(wheel)], check=True)
    return place / "bin" / "passgap"


def run(program: Path, folder: Path, *arguments: str) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [str(program.parent / "python"), "-m", "passgap", *arguments]
    ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_the_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    package = ROOT / "src"
    files = {str(path.relative_to(package)) for path in package.rglob("*") if path.is_file()}
    assert {name for name in files if not re.search(r"(^|/)(\.|__pycache__/)", name)} <= names
    assert not {name for name in names if name.startswith(("tests", "benchmarks"))}


def test_it_does_the_job_outside_the_clone(program: Path, tmp_path: Path) -> None:
    where = run_python(program, tmp_path, "import passgap; print(passgap.__file__)")
    assert where.startswith(str(program.parent.parent))
    run(program, tmp_path, "init", "study")
    assert json.loads(run(program, tmp_path, "check", "study", "--json"))["heldout"] >= 200
    case = {"id": "1", "program": "def f(x):\n    return x + 1", "test": "assert f(1) == 2"}
    (tmp_path / "cases.jsonl").write_text(json.dumps(case) + "\n")
    assert json.loads(run(program, tmp_path, "execute", "cases.jsonl"))["passed"] is True
    samples = [
        {"task_id": task, "completion": f"def nothing():\n    return {number}\n"}
        for task in task_ids(run(program, tmp_path, "tasks", "show", "starter", "--split", "heldout", "--json"))
        for number in range(16)
    ]
    (tmp_path / "samples.jsonl").write_text("".join(json.dumps(each) + "\n" for each in samples))
    score = ("score", "--tasks", "starter", "--split", "heldout", "samples.jsonl", "--out", "results.jsonl")
    run(program, tmp_path, *score)
    table = json.loads(run(program, tmp_path, "estimate", "results.jsonl", "--json"))
    assert table["overall"]["pass@1"]["n"] >= 200
    verdict = json.loads(run(program, tmp_path, "verdict", "study", "--results", "results.jsonl", "--json"))
    assert verdict["verdict"] == "GO-OTHER"
    assert len(json.loads(run(program, tmp_path, "mcp", ".", "--json"))) == 7


def run_python(program: Path, folder: Path, code: str) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    python = str(program.parent / "python")
    return subprocess.run(
        [python, "-c", code], cwd=folder, env=environment, capture_output=True, text=True, check=True
    ).stdout.strip()


def task_ids(shown: str) -> list[str]:
    """The ids in what ``tasks show --json`` prints."""
    names: list[str] = json.loads(shown)["problems"]
    return names
