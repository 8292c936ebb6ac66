"""A finished study for tests of promotion, run once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from passgap.promotion.registry import State
from promotions import RULES, granted, run_to_the_end


@pytest.fixture(scope="session")
def _finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("finished")
    run_to_the_end(folder)
    return folder


@pytest.fixture
def finished(_finished: Path, tmp_path: Path) -> Path:
    """A study with a finished arm."""
    return Path(shutil.copytree(_finished, tmp_path / "study"))


@pytest.fixture(scope="session")
def _shadowed(_finished: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = Path(shutil.copytree(_finished, tmp_path_factory.mktemp("shadowed") / "study"))
    granted(folder, RULES).move_checkpoint("candidate", State.SHADOW, why="a try")
    return folder


@pytest.fixture
def shadowed(_shadowed: Path, tmp_path: Path) -> Path:
    """A study with a candidate in the shadow."""
    return Path(shutil.copytree(_shadowed, tmp_path / "study"))
