"""Git, run without the person's own configuration."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

Files = dict[str, tuple[bytes, bool]]
"""The content of files by path, with whether each is executable."""

_SECONDS = 600.0


def run_git(place: Path, *arguments: str, given: bytes = b"", ceiling: str | None = None) -> bytes:
    """The output of a git command that runs without the person's own configuration.

    Raises:
        ValueError: it fails, or git is not installed; the message holds its last words.
    """
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "LC_ALL": "C",
        **({"GIT_CEILING_DIRECTORIES": ceiling} if ceiling is not None else {}),
    }
    command = ["git", "-c", "safe.directory=*", "-c", "core.hooksPath=/dev/null", "-C", str(place), *arguments]
    try:
        ended = subprocess.run(  # noqa: S603 - arguments of this module's own
            command, input=given, capture_output=True, env=environment, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ValueError(f"git cannot be run: {error}") from error
    if ended.returncode != 0:
        said = ended.stderr.decode("utf-8", "replace").strip().splitlines() or [f"status {ended.returncode}"]
        raise ValueError(f"git {arguments[0]} in {place.name}: {said[-1]}")
    return ended.stdout
