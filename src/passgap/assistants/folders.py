"""The folders that a user named: the only places that a tool call reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from passgap.errors import StudyError
from passgap.paths import AnyPath
from passgap.plain_text import shortened


class AllowedFolders:
    """Resolves paths within the folders that the user named, links included, and refuses every other one."""

    def __init__(self, folders: Iterable[AnyPath]) -> None:
        """Name the folders.

        Raises:
            StudyError: there is none, or one does not exist.
        """
        self.folders = tuple(Path(each).expanduser().resolve() for each in folders)
        missing = [each for each in self.folders if not each.is_dir()]
        if missing or not self.folders:
            raise StudyError(
                "tools read nothing but the folders that you name",
                [*(f"{each}: there is no such folder." for each in missing)]
                or ["Name at least one. Example: `passgap mcp ~/studies`."],
            )

    def path(self, given: AnyPath) -> Path:
        """The resolved path of a file or folder; a relative one is looked for in each folder in turn.

        Raises:
            StudyError: it is outside the folders, or does not exist.
        """
        try:
            asked = Path(given).expanduser()
            candidates = [(each / asked).resolve() for each in self.folders]
            found = next((each for each in candidates if self._holds(each) and each.exists()), None)
        except (OSError, RuntimeError, ValueError) as error:  # too long, a loop of links, a user or a byte that is none
            raise StudyError(
                f"{shortened(str(given), 100)!r} is no path",
                [f"{getattr(error, 'strerror', None) or error}.", self._named()],
            ) from error
        if found is not None:
            return found
        outside = not all(map(self._holds, candidates))
        lacking = "is outside the folders that the user named" if outside else "does not exist"
        raise StudyError(f"{given} {lacking}", [self._named()])

    def refuse_outside(self, declared: Any, folder: Path) -> None:
        """Refuse a study that names files outside the folders: what it names is read with it.

        Args:
            declared: the study's YAML as it was read.
            folder: where the study lives; relative paths begin there.

        Raises:
            StudyError: it names some, all of which are listed.
        """
        outside = [f"{field}: {text} is outside." for field, text in _texts(declared, "") if self._leaves(text, folder)]
        if outside:
            raise StudyError("the study names files outside the folders that the user named", [*outside, self._named()])

    def _leaves(self, text: str, folder: Path) -> bool:
        """Whether a text is a path out of the folders: one that is there, or is written like one."""
        if "\n" in text or len(text) > _LONGEST_PATH or "\0" in text:
            return False
        path = Path(text).expanduser()
        written_like_one = " " not in text and (path.is_absolute() or ".." in path.parts)
        try:
            resolved = (folder / path).resolve()
            return not self._holds(resolved) and (written_like_one or resolved.exists())
        except (OSError, RuntimeError):
            return written_like_one

    def _holds(self, path: Path) -> bool:
        return any(path.is_relative_to(each) for each in self.folders)

    def _named(self) -> str:
        return f"The folders are: {', '.join(map(str, self.folders))}. Only the user can name others."


_LONGEST_PATH = 4096


def _texts(value: Any, field: str) -> Iterator[tuple[str, str]]:
    """Every text in a study, with the dotted path of its field."""
    if isinstance(value, str):
        yield field, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts(inner, f"{field}.{key}".lstrip("."))
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, field)
