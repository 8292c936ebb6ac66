"""The Containerfile, as far as it can be checked without a container runtime."""

from __future__ import annotations

import re
import shutil
import subprocess
import sysconfig
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def instructions() -> list[tuple[str, str]]:
    """Each instruction with its arguments, continued lines joined."""
    text = re.sub(r"\\\n\s*", " ", (ROOT / "Containerfile").read_text())
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in lines]


def of(instructions: list[tuple[str, str]], name: str) -> list[str]:
    return [arguments for each, arguments in instructions if each == name]


def test_all_that_is_copied_is_in_the_repository(instructions: list[tuple[str, str]]) -> None:
    copied = [arguments.split()[:-1] for arguments in of(instructions, "COPY") if "--from" not in arguments]
    names = [name for each in copied for name in each]
    assert "src" in names and all((ROOT / name).exists() for name in names)
    ignored = ROOT / ".containerignore"
    assert not ignored.exists() or not {*names} & {*ignored.read_text().split()}


def test_its_extras_exist_and_its_versions_are_pinned(instructions: list[tuple[str, str]]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    (install,) = [each for each in of(instructions, "RUN") if "pip install" in each]
    (extras,) = re.findall(r"\[([\w,]+)\]", install)
    assert set(extras.split(",")) <= set(project["optional-dependencies"])
    assert "--constraint /wheel/constraints.txt" in install
    images = [each.split()[0] for each in of(instructions, "FROM")]
    assert all(":" in image and not image.endswith(":latest") for image in images)


def test_the_wheel_can_be_built_of_what_is_copied(instructions: list[tuple[str, str]]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    first = next(each for each in of(instructions, "COPY") if "pyproject.toml" in each).split()
    assert {project["readme"], *project["license-files"]} <= set(first)


def test_it_runs_as_nobody_special_and_its_command_is_passgap(instructions: list[tuple[str, str]]) -> None:
    assert of(instructions, "USER")[-1] not in ("root", "0") and of(instructions, "ENTRYPOINT") == ['["passgap"]']


@pytest.mark.slow
def test_hadolint_finds_nothing() -> None:
    found = shutil.which("hadolint", path=sysconfig.get_path("scripts")) or shutil.which("hadolint")
    if found is None:
        pytest.skip("hadolint is not installed here; `make test-all` installs it")
    ran = subprocess.run([found, str(ROOT / "Containerfile")], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout
