"""What the package exports, and what importing it does not load."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import passgap
from passgap.spec.template import study_template

HEAVY = ("torch", "transformers", "trl", "peft", "vllm", "datasets", "matplotlib")


@pytest.mark.parametrize("name", passgap.__all__)
def test_every_exported_name_is_there(name: str) -> None:
    assert getattr(passgap, name) is not None


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        _ = passgap.nonsense


def test_importing_the_package_and_its_command_line_loads_no_model_library() -> None:
    code = (
        "import sys, passgap, passgap.wiring\n"
        "from passgap.cli.app import COMMANDS\n"
        "from passgap.cli.lazy_commands import Group\n"
        "named = [c for e in COMMANDS.values() for c in (e.commands.values() if isinstance(e, Group) else [e])]\n"
        "assert len([command.load() for command in named]) > 15\n"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_a_study_is_opened_with_its_folder_alone(tmp_path: Path) -> None:
    (tmp_path / "study.yaml").write_text(study_template("x"))
    assert passgap.open_study(tmp_path).check().study == "x"
