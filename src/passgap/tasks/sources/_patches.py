"""Patches of repositories, applied as ``git apply`` does: exactly, or not at all."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from passgap.tasks.edits.lines import path_of_both, unquoted
from passgap.tasks.edits.paths import is_below
from passgap.tasks.sources._git import Files, run_git

_NAMED = re.compile(r"(?:--- |\+\+\+ |rename from |rename to |copy from |copy to )(.*)")
_HUNK = re.compile(r"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@")


class Patched(NamedTuple):
    """The result of a patch."""

    files: dict[str, str]
    """The files that it leaves, of those that it touches, by path."""
    removed: tuple[str, ...]
    """Those that it takes away."""


def patched(files: Files, patch: str) -> Patched:
    """Apply a patch to the files of a repository.

    Raises:
        ValueError: it does not apply, or leaves a file that is no text; or git is not there.
    """
    touched = sorted(set(touched_paths(patch)))
    astray = [path for path in touched if not is_below(path)]
    if astray or not touched:
        raise ValueError(f"a patch touches no file below the repository: {', '.join(astray) or 'it names none'}")
    with tempfile.TemporaryDirectory(prefix="passgap-") as folder:
        work = Path(folder, "tree")
        work.mkdir()
        for path in touched:
            if path in files:
                work.joinpath(path).parent.mkdir(parents=True, exist_ok=True)
                work.joinpath(path).write_bytes(files[path][0])
                work.joinpath(path).chmod(0o755 if files[path][1] else 0o644)
        given = patch if patch.endswith("\n") else f"{patch}\n"
        run_git(
            work, "apply", "--whitespace=nowarn", "-", given=given.encode("utf-8", "surrogateescape"), ceiling=folder
        )
        left = dict(_files_below(work))
        texts = {}
        for path, file in left.items():
            try:
                texts[path] = file.read_bytes().decode("utf-8")
            except UnicodeDecodeError as error:
                raise ValueError(f"{path} is no text in UTF-8 after the patch") from error
    return Patched(texts, tuple(path for path in touched if path not in left and path in files))


def _files_below(work: Path) -> Iterator[tuple[str, Path]]:
    """The files of a folder by path; no symbolic link is one, or is followed."""
    for folder, _, names in os.walk(work):
        for name in sorted(names):
            file = Path(folder, name)
            if file.is_file() and not file.is_symlink():
                yield file.relative_to(work).as_posix(), file


def touched_paths(patch: str) -> Iterator[str]:
    """Yield the paths that the headers of a patch name, as git writes them; text within hunks names none."""
    lines = patch.split("\n")
    place = 0
    while place < len(lines):
        line = lines[place].removesuffix("\r")
        place += 1
        if hunk := _HUNK.match(line):
            place = _behind_hunk(lines, place, *(int(count or 1) for count in hunk.groups()))
        elif line.startswith("diff --git "):
            both = path_of_both(line.removeprefix("diff --git "))
            yield from [] if both is None else [both]
        elif named := _NAMED.fullmatch(line):
            path = unquoted(named[1].partition("\t")[0])
            if path != "/dev/null":
                yield path.partition("/")[2] if line[:3] in ("---", "+++") else path


def _behind_hunk(lines: list[str], place: int, old: int, new: int) -> int:
    """The number of the line behind a hunk of so many old and new lines."""
    while place < len(lines) and (old > 0 or new > 0):
        mark = lines[place][:1]
        if mark not in ("", " ", "+", "-", "\\", "\r"):
            return place
        old -= mark not in ("+", "\\")
        new -= mark not in ("-", "\\")
        place += 1
    return place
