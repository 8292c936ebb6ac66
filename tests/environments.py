"""Environments as a person brings them: made with the standard library's venv, with pytest copied into them."""

from __future__ import annotations

import shutil
import sysconfig
import venv
from pathlib import Path

PACKAGES = ("_pytest", "pytest", "pluggy", "iniconfig", "packaging", "pygments")


def made_environment(folder: Path) -> Path:
    """Make a virtual environment with pytest in a folder; compiled modules are copied with their sources' dates."""
    venv.create(folder, symlinks=True, with_pip=False)
    installed = Path(sysconfig.get_path("purelib"))
    [libraries] = folder.glob("lib/python*/site-packages")
    for name in PACKAGES:
        shutil.copytree(installed / name, libraries / name)
    shutil.copy2(installed / "py.py", libraries / "py.py")
    for record in (*installed.glob("pytest-*.dist-info"), *installed.glob("pluggy-*.dist-info")):
        shutil.copytree(record, libraries / record.name)
    return folder
