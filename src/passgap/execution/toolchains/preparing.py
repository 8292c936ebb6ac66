"""Makes what a toolchain needs once per version: caches of compiled libraries, precompiled headers, archives."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import asdict
from pathlib import Path

import platformdirs
from filelock import FileLock

from passgap.languages import Preparation, expanded

VARIABLE = "PASSGAP_CACHE"
"""Names the folder of these caches, in place of passgap's own below the user's."""
SECONDS = 900.0
DONE = ".complete"


def cache_folder() -> Path:
    """Return the folder of all of these caches."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else Path(platformdirs.user_cache_path("passgap"), "toolchains")


def prepared(language: str, version: str, preparation: Preparation, values: dict[str, str | tuple[str, ...]]) -> Path:
    """Return the folder with what is prepared of a toolchain, made now if it is not there.

    Args:
        language: whose toolchain it is.
        version: of its tools; each has a folder of its own, and so has each other preparation.
        preparation: from sources of passgap alone.
        values: of the placeholders in its commands.

    Raises:
        OSError: a command cannot be started, or the folder not written.
        ValueError: a command fails; the message holds its last words.
    """
    content = json.dumps([version, asdict(preparation), sorted(values.items())], sort_keys=True)
    folder = cache_folder() / f"{language}-{hashlib.sha256(content.encode()).hexdigest()[:16]}"
    if not preparation.commands or (folder / DONE).exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not (folder / DONE).exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            _make(preparation, values | {"cache": str(folder)})
            _open_to_all(folder)
            (folder / DONE).touch()
    return folder


def _make(preparation: Preparation, values: dict[str, str | tuple[str, ...]]) -> None:
    """Run the commands in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="passgap-") as work:
        values = values | {"scratch": work}
        for name, text in preparation.files:
            Path(work, name).parent.mkdir(parents=True, exist_ok=True)
            Path(work, name).write_text(text, encoding="utf-8")
        environment = {"PATH": "/usr/bin:/bin", "HOME": work, "TMPDIR": work, "LANG": "C.UTF-8"}
        environment |= {name: expanded((value,), values)[0] for name, value in preparation.environment}
        for command in preparation.commands:
            ended = subprocess.run(  # noqa: S603 - a compiler of this machine's own, on passgap's own sources
                expanded(command, values),
                cwd=work,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=SECONDS,
                check=False,
            )
            if ended.returncode != 0:
                said = (ended.stderr or ended.stdout).strip().splitlines() or ["it says nothing"]
                raise ValueError(f"{command[0]} ends with status {ended.returncode}: {said[-1]}")


def _open_to_all(folder: Path) -> None:
    """Let everyone read what is in a folder: programs run as somebody who owns nothing here."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
