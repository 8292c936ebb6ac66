"""A git repository of commits that are made here: what rows about repositories are written with."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from passgap.tasks.sources._git import Files, run_git

_SPECIAL = re.compile(r'[\\"\n]')
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n"}


class Commits:
    """A bare repository that begins empty. The same files give the same commit, whoever makes it and when."""

    def __init__(self, place: Path) -> None:
        self._place = place
        if not place.exists():
            place.mkdir(parents=True)
            run_git(place, "init", "--quiet", "--bare", "--initial-branch=main", ".")

    def commit(self, files: Files) -> str:
        """Commit files, and return the commit's id.

        Raises:
            ValueError: git is not there, or refuses a path.
        """
        reference = "refs/heads/next"
        run_git(self._place, "fast-import", "--quiet", "--force", given=b"".join(_stream(files, reference)))
        commit = run_git(self._place, "rev-parse", "--verify", reference).decode("ascii").strip()
        run_git(self._place, "update-ref", f"refs/heads/{commit}", commit)
        run_git(self._place, "update-ref", "-d", reference)
        return commit

    def difference(self, one: str, other: str) -> str:
        """The patch from one commit to another."""
        options = ("--no-color", "--no-ext-diff", "--no-textconv", "--no-renames", "--text")
        return run_git(self._place, "diff", *options, one, other).decode("utf-8", "surrogateescape")


def _stream(files: Files, reference: str) -> Iterator[bytes]:
    """The commands by which git imports a commit of these files, dated at the beginning of time."""
    yield f"commit {reference}\ncommitter passgap <passgap@localhost> 0 +0000\ndata 0\n".encode()
    for path in sorted(files):
        content, executable = files[path]
        name = _SPECIAL.sub(lambda mark: _ESCAPES[mark[0]], path)
        yield f'M {"100755" if executable else "100644"} inline "{name}"\ndata {len(content)}\n'.encode(
            "utf-8", "surrogateescape"
        )
        yield content
        yield b"\n"


def edited(files: Files, written: Mapping[str, str], removed: tuple[str, ...] = ()) -> Files:
    """Files with some written anew, which stay executable where they were, and some taken away."""
    after = {path: held for path, held in files.items() if path not in removed}
    for path, text in written.items():
        after[path] = (text.encode("utf-8"), files.get(path, (b"", False))[1])
    return after
