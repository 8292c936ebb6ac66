"""Toolchains as data: placeholders in commands, and the styles of tests that they take."""

from __future__ import annotations

import pytest

from passgap.languages import LANGUAGES, Toolchain, expanded, needs_commands


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        (("{cc}", "-o", "out", "{file}"), ["/bin/cc", "-o", "out", "main.c"]),
        (("-I{cache}/include", "{file}"), ["-I/cache/include", "main.c"]),
        (("a", "{optimise}", "b"), ["a", "-O2", "-g", "b"]),
        (("a", "{none}", "b"), ["a", "b"]),
        (("{unknown}", "{}", "x{optimise}"), ["{unknown}", "{}", "x{optimise}"]),
    ],
)
def test_placeholders_stand_for_values(arguments: tuple[str, ...], command: list[str]) -> None:
    values = {"cc": "/bin/cc", "file": "main.c", "cache": "/cache", "optimise": ("-O2", "-g"), "none": ()}
    assert expanded(arguments, values) == command


def test_a_toolchain_without_commands_is_the_interpreter_and_takes_every_style() -> None:
    interpreter, commands = Toolchain(file="solution.py"), Toolchain(file="main.js", run=("node", "main.js"))
    assert not interpreter.needs_commands and interpreter.takes("asserts") and interpreter.takes("stdio")
    assert commands.needs_commands and commands.takes("stdio") and not commands.takes("pytest")
    assert interpreter.module == "solution"


def test_every_toolchain_says_what_brings_it_and_how_it_is_proved() -> None:
    lacking = {
        name: language.toolchain
        for name, language in LANGUAGES.items()
        if language.toolchain is not None and needs_commands(name)
        if not (language.toolchain.package and language.toolchain.proof and language.toolchain.tools)
    }
    assert lacking == {}


def test_the_tools_of_a_run_are_tools_of_the_toolchain() -> None:
    for language in LANGUAGES.values():
        if language.toolchain is not None:
            assert set(language.toolchain.runtime) <= {tool.name for tool in language.toolchain.tools}, language.name
