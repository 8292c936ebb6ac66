"""Repositories that a person brings, at a commit of a git repository or as a folder."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from passgap.tasks.edits.paths import is_below
from passgap.tasks.sources._git import Files, run_git

_LINKS_FOLLOWED = 8
_NAME = re.compile(r"[A-Za-z0-9_][\w.+-]*(?:/[A-Za-z0-9_][\w.+-]*)?")
"""The name of a repository, with its owner or without, or of an instance: of one folder, or of one in another."""
_REGULAR, _EXECUTABLE, _LINK = "100644", "100755", "120000"


def found_repository(folder: Path, repository: str, instance: str) -> Path:
    """The place of a repository below a folder: a checkout of its own for this instance, or a git repository for all.

    Raises:
        ValueError: there is none, and the message says where it is looked for; or a name is none.
    """
    astray = [each for each in (repository, instance) if not _NAME.fullmatch(each)]
    if astray:
        raise ValueError(f"{', '.join(map(repr, astray))} is no name of a repository or an instance")
    name = repository.replace("/", "__")
    places = [
        folder / instance,
        folder / name,
        folder / f"{name}.git",
        folder / repository,
        folder / f"{repository}.git",
    ]
    for place in places:
        if place.is_dir():
            return place
    raise ValueError(f"the repository {repository} is not there: looked for at {', '.join(map(str, places[:3]))}")


def is_git(place: Path) -> bool:
    """Whether a folder is a git repository, bare or with a work tree."""
    return (place / ".git").exists() or ((place / "objects").is_dir() and (place / "HEAD").is_file())


def files_at(place: Path, commit: str) -> Files:
    """The files of a repository at a commit; of a folder that is no git repository, as they are.

    Symbolic links to files inside are taken as these files; others, and submodules, are left out.

    Raises:
        ValueError: git is not there, or does not know the commit.
    """
    return _of_git(place, commit) if is_git(place) else _of_folder(place)


def _of_folder(place: Path) -> Files:
    found: Files = {}
    root = place.resolve()
    for path in sorted(place.rglob("*")):
        name = path.relative_to(place).as_posix()
        inside = path.is_file() and path.resolve().is_relative_to(root)
        if inside and not name.startswith(".git/") and "/__pycache__/" not in f"/{name}":
            found[name] = (path.read_bytes(), os.access(path, os.X_OK))
    return found


def _of_git(place: Path, commit: str) -> Files:
    if not re.fullmatch(r"[0-9A-Za-z][\w./@^~-]*", commit):
        raise ValueError(f"{commit!r} names no commit")
    listed = run_git(place, "ls-tree", "-r", "-z", "--full-tree", f"{commit}^{{commit}}").decode(
        "utf-8", "surrogateescape"
    )
    entries = [line.partition("\t") for line in listed.split("\0") if line]
    blobs = [(path, *about.split(" ")) for about, _, path in entries if about.split(" ")[1] == "blob"]
    contents = _contents(place, [blob[3] for blob in blobs])
    modes = {path: mode for path, mode, _, _ in blobs}
    found: Files = {}
    texts = {path: contents[place] for place, (path, *_) in enumerate(blobs)}
    for path, mode in modes.items():
        target = _followed(path, modes, texts) if mode == _LINK else path
        if target is not None and is_below(path):
            found[path] = (texts[target], modes[target] == _EXECUTABLE)
    return found


def _followed(path: str, modes: Mapping[str, str], texts: Mapping[str, bytes]) -> str | None:
    """The file that a symbolic link leads to; None where it leads outside, to a folder or nowhere."""
    for _ in range(_LINKS_FOLLOWED):
        if modes.get(path) != _LINK:
            return path if path in modes else None
        target = texts[path].decode("utf-8", "surrogateescape")
        parts = os.path.normpath(f"{PurePosixPath(path).parent}/{target}")
        if target.startswith("/") or parts.startswith(".."):
            return None
        path = parts
    return None


def _contents(place: Path, objects: list[str]) -> list[bytes]:
    """The contents of git's objects, in order."""
    raw = run_git(place, "cat-file", "--batch", given="".join(f"{each}\n" for each in objects).encode("ascii"))
    contents, at = [], 0
    for _ in objects:
        end = raw.index(b"\n", at)
        size = int(raw[at:end].split(b" ")[2])
        contents.append(raw[end + 1 : end + 1 + size])
        at = end + size + 2
    return contents
