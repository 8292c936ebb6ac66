"""Looks for the programs of toolchains, and asks them for their version."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from passgap.languages import Tool

VARIABLE = "PASSGAP_TOOLCHAINS"
"""Names folders that are searched before any other, separated as on the search path."""
QUESTION_SECONDS = 60.0
DATA_FOLDER = Path(platformdirs.user_data_path("passgap"), "toolchains")
"""Where toolchains are installed that no system package brings."""
VERSION = re.compile(r"\d+(?:\.\d+)+\S*|\b\d+\b")


@dataclass(frozen=True)
class FoundTool:
    """A tool on this machine."""

    path: str
    """The real path of its executable."""
    folder: str | None
    """The folder that it is installed in, which is bound; None where the executable alone is."""
    version: str
    """The first line of its answer to the question for its version."""


def find_tool(tool: Tool) -> FoundTool | None:
    """Find a tool; None where it is not here, or does not start."""
    for path in candidates(tool):
        if not (path.is_file() and os.access(path, os.X_OK)):
            continue
        answer = ask(path, tool.version)
        if answer is None:
            continue
        real, folder = path.resolve(), None
        if tool.home:
            home = ask(path, tool.home)
            if not home or not (Path(home) / tool.executable).is_file():
                continue
            folder, real = Path(home).resolve(), Path(home).resolve() / tool.executable
        elif tool.levels is not None:
            folder = real.parents[tool.levels]
        return FoundTool(str(real), None if folder is None else str(folder), answer)
    return None


def candidates(tool: Tool) -> Iterator[Path]:
    """Yield the paths where a tool may be, in the order in which they are tried."""
    named = [Path(each).expanduser() for each in os.environ.get(VARIABLE, "").split(os.pathsep) if each]
    for folder in named:
        for name in tool.names:
            yield folder / name
            yield folder / "bin" / name
    for name in tool.names:
        if (there := shutil.which(name)) is not None:
            yield Path(there)
        yield Path(sys.prefix, "bin", name)
        yield DATA_FOLDER / "bin" / name
    for place in tool.places:
        pattern = Path(place).expanduser()
        for folder in [Path("/")] if pattern.is_absolute() else [*named, DATA_FOLDER, Path(sys.prefix)]:
            relative = pattern.relative_to("/") if pattern.is_absolute() else pattern
            yield from sorted(folder.glob(str(relative)), reverse=True)


def ask(path: Path, question: tuple[str, ...]) -> str | None:
    """Return the first line of a tool's answer; None where it has none or fails."""
    try:
        answer = subprocess.run(  # noqa: S603 - a program of this machine's own
            [path, *question],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=QUESTION_SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    lines = [line.strip() for line in (answer.stdout or answer.stderr).splitlines() if line.strip()]
    return lines[0] if answer.returncode == 0 and lines else None
