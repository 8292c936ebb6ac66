"""The exports of the package, and the libraries that importing it does not load."""

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


UNIX_ONLY = ("fcntl", "resource", "pwd", "grp", "termios")
"""Modules of the standard library that Windows does not have."""

SANDBOXED = ("doctor", "execute", "score")
"""Commands of the sandbox, which is built on Linux alone."""


def test_the_command_line_is_imported_where_modules_of_unix_are_missing() -> None:
    code = f"import sys\nsys.modules.update(dict.fromkeys({UNIX_ONLY}))\nimport passgap, passgap.cli\nprint('imported')"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.stdout.strip() == "imported", ran.stderr


def test_every_command_but_those_of_the_sandbox_is_imported_without_modules_of_unix() -> None:
    """Libraries have their own ways on Windows, so the modules are missing for what passgap itself imports."""
    code = (
        "import builtins\n"
        "plain = builtins.__import__\n"
        "def without_unix(name, globals=None, locals=None, fromlist=(), level=0):\n"
        f"    if name in {UNIX_ONLY} and (globals or {{}}).get('__name__', '').startswith('passgap'):\n"
        "        raise ModuleNotFoundError(name)\n"
        "    return plain(name, globals, locals, fromlist, level)\n"
        "builtins.__import__ = without_unix\n"
        "import passgap, passgap.wiring\n"
        "from passgap.cli.app import COMMANDS\n"
        "from passgap.cli.lazy_commands import Group\n"
        "named = [c for e in COMMANDS.values() for c in (e.commands.values() if isinstance(e, Group) else [e])]\n"
        f"print(len([each.load() for each in named if each.verb not in {SANDBOXED}]))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert int(ran.stdout) > 12
