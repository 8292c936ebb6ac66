"""Shell completion: of commands, groups and options, without importing what they need to run."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


def completed(shell: str, words: str, number: int) -> str:
    """The completions that a shell is told for these words."""
    asked = {"_PASSGAP_COMPLETE": f"complete_{shell}", "COMP_WORDS": words, "COMP_CWORD": str(number)}
    environment = {**os.environ, **asked, "_TYPER_COMPLETE_ARGS": words, "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    code = "from passgap.cli import main; main([])"
    ran = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert ran.stderr == ""
    return ran.stdout


@pytest.mark.parametrize(
    ("words", "number", "expected"),
    [
        ("passgap run --o", 2, ["--over-budget"]),
        ("passgap tasks co", 2, ["contamination", "convert"]),
    ],
)
def test_bash_completes_commands_groups_and_options(words: str, number: int, expected: list[str]) -> None:
    found = completed("bash", words, number).split()
    assert found[0] == expected[0] and set(found) <= set(expected)


@pytest.mark.slow
@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_complete_too(shell: str) -> None:
    assert "--over-budget" in completed(shell, "passgap run --o", 2)
