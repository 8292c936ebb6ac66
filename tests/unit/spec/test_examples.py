"""Every study that is checked in is valid."""

from __future__ import annotations

from pathlib import Path

import pytest

from passgap import parse_study
from passgap.spec import ServerEngine

ROOT = Path(__file__).parents[3]
STUDIES = sorted([*ROOT.glob("examples/**/*.yaml"), *ROOT.glob("src/passgap/cli/demo_*.yaml")])


@pytest.mark.parametrize("path", STUDIES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_checked_in_study_is_valid(path: Path) -> None:
    assert parse_study(path.read_text(encoding="utf-8"), str(path)).spec.name


def test_the_servers_example_carries_no_flag_and_no_key() -> None:
    intake = parse_study((ROOT / "examples/server/study.yaml").read_text(encoding="utf-8"))
    assert isinstance(intake.spec.engine, ServerEngine)
    assert intake.spec.engine.key_variable is None
    assert intake.flags == ()
