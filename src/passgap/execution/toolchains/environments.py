"""Finds the environments that a person brings: folders with an interpreter and libraries, which are bound read-only."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import platformdirs

from passgap.execution.toolchains.finding import SCRATCH, FoundToolchain, MissingToolchain
from passgap.execution.toolchains.searching import QUESTION_SECONDS, FoundTool, ask
from passgap.languages import LANGUAGES, Tool

VARIABLE = "PASSGAP_ENVIRONMENTS"
"""Names the folders in which environments are looked for, separated as on the search path."""
DATA_FOLDER = Path(platformdirs.user_data_path("passgap"), "environments")
"""Where they are looked for besides."""


def found_environment(language: str, name: str) -> FoundToolchain:
    """Return an environment, which is looked for once, as the toolchain of its own commands.

    Raises:
        MissingToolchain: it is not here, or its interpreter does not start; the message says how it is brought.
    """
    found = _looked_for(language, name, os.environ.get(VARIABLE, ""))
    if isinstance(found, MissingToolchain):
        raise found
    return found


@functools.cache
def _looked_for(language: str, name: str, named: str) -> FoundToolchain | MissingToolchain:
    toolchain = LANGUAGES[language].environments
    if toolchain is None:
        return MissingToolchain(f"{LANGUAGES[language].title} has no environments")
    tool = toolchain.tools[0]
    for folder in _folders(named, name):
        for command in tool.names:
            program = folder / command
            if not program.is_file():
                continue
            version, base = ask(program, tool.version), _base_of(program, tool)
            if version is None or base is None:
                return MissingToolchain(f"the environment {name} in {folder} does not start: {program}")
            if any(path.startswith(f"{SCRATCH}/") for path in (*base, os.path.realpath(program))):
                return MissingToolchain(
                    f"the environment {name} is made of an interpreter below {SCRATCH}, which programs do not see: "
                    f"{os.path.realpath(program)}"
                )
            found = FoundTool(str(folder / command), str(folder), f"{version} in the environment {name}")
            return FoundToolchain(
                language,
                f"{LANGUAGES[language].title} in the environment {name}",
                replace(toolchain, run_binds=tuple(base)),
                {tool.name: found},
            )
    searched = ", ".join(str(folder) for folder in _folders(named, name))
    return MissingToolchain(
        f"the environment {name} is not on this machine. {toolchain.package} Environments are looked for in the "
        f"folders of {VARIABLE} and in {DATA_FOLDER}: there is none at {searched}"
    )


def _folders(named: str, name: str) -> Iterator[Path]:
    """The places where an environment of a name may be; its own path is kept, since its programs hold it."""
    for folder in (*(each for each in named.split(os.pathsep) if each), str(DATA_FOLDER)):
        yield Path(folder).expanduser().absolute() / name


def _base_of(program: Path, tool: Tool) -> list[str] | None:
    """The folders of the interpreter that an environment was made of, but for those that every jail has.

    None where it does not say.
    """
    try:
        answer = subprocess.run(  # noqa: S603 - a program that the person brings
            [program, *tool.home],
            capture_output=True,
            text=True,
            timeout=QUESTION_SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError):
        return None
    folders = answer.stdout.split()
    if answer.returncode != 0 or not folders or not all(Path(folder).is_dir() for folder in folders):
        return None
    base, standard = folders[0], folders[-1]
    if os.path.realpath(base) in ("/usr", os.path.realpath(sys.base_prefix)):
        return []
    if os.path.realpath(base) == "/usr/local":
        return [standard, os.path.realpath(program), f"{base}/lib/libpython*"]
    return sorted({base, os.path.realpath(base), *_homes(program)})


def _homes(program: Path) -> Iterator[str]:
    """The folders, two above, of each file on the way along the symbolic links from an interpreter to its file."""
    path = program
    while path.is_symlink():
        path = path.parent / path.readlink()
        yield os.path.normpath(path.parent.parent)
