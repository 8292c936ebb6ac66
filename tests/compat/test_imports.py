"""The exports of the package, and the libraries that importing it does not load."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import passgap
from passgap.spec.template import study_template

HEAVY = (
    *("torch", "transformers", "trl", "peft", "vllm", "datasets", "matplotlib"),
    *("scipy.stats", "scipy.optimize", "scipy.interpolate"),
)
NOT_OF_A_GATEWAY = ("scipy", "passgap.decisions", "passgap.estimates", "passgap.arms")


@pytest.mark.parametrize("name", passgap.__all__)
def test_every_exported_name_is_there(name: str) -> None:
    assert getattr(passgap, name) is not None


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        _ = passgap.nonsense


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


ALL = f"""
import builtins, json, sys
plain = builtins.__import__
def without_unix(name, globals=None, locals=None, fromlist=(), level=0):
    if name in {UNIX_ONLY} and (globals or {{}}).get('__name__', '').startswith('passgap'):
        raise ModuleNotFoundError(name)
    return plain(name, globals, locals, fromlist, level)
builtins.__import__ = without_unix
found = {{}}
import passgap
from passgap.cli.app import COMMANDS
from passgap.cli.lazy_commands import Group
named = [c for e in COMMANDS.values() for c in (e.commands.values() if isinstance(e, Group) else [e])]
COMMANDS['serve'].load()
import passgap.promotion.gateway.serving
found['gateway'] = [name for name in {NOT_OF_A_GATEWAY} if name in sys.modules]
import passgap.wiring
found['anywhere'] = len([each.load() for each in named if each.verb not in {SANDBOXED}])
builtins.__import__ = plain
found['on Linux'] = len([each.load() for each in named])
found['heavy'] = [name for name in {HEAVY} if name in sys.modules]
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def imported() -> dict[str, Any]:
    """Findings in one interpreter: of a gateway, of commands where modules of Unix are missing, and of all commands.

    Libraries have their own ways on Windows, so the modules are missing for what passgap itself imports.
    """
    ran = subprocess.run([sys.executable, "-c", ALL], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def test_importing_the_package_and_its_command_line_loads_no_heavy_library(imported: dict[str, Any]) -> None:
    assert imported["on Linux"] > 15
    assert imported["heavy"] == []


def test_every_command_but_those_of_the_sandbox_is_imported_without_modules_of_unix(imported: dict[str, Any]) -> None:
    assert imported["anywhere"] > 12


def test_a_gateway_loads_neither_decisions_nor_what_they_compute_with(imported: dict[str, Any]) -> None:
    assert imported["gateway"] == []
