"""Append-only lines of an unfinished results file, so that a killed run resumes where it stopped."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from passgap.errors import StoreError
from passgap.paths import AnyPath
from passgap.store.files import TEMPORARY_SUFFIX, atomic_path, writing


class Journal:
    """An unfinished results file, beside the place where it will appear when it is complete.

    Args:
        target: the file that the lines will make up.
        of: a digest of everything that the lines depend on. Lines that were kept under another digest are discarded.

    Raises:
        StoreError: the folder is not writable.
    """

    def __init__(self, target: AnyPath, of: str) -> None:
        target = Path(target)
        self._target = target
        self._path = target.with_name(target.name + TEMPORARY_SUFFIX)
        self._head = json.dumps({"of": of}).encode() + b"\n"
        self.kept: list[str] = []
        """The lines that an earlier run finished, in the order in which it wrote them."""
        try:
            self._open()
        except OSError as error:
            raise StoreError(f"{self._path} cannot be written", [str(error.strerror or error)]) from error

    def _open(self) -> None:
        self._target.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._path.open("a+b")
        self._file.seek(0)
        content = self._file.read()
        whole = content[: content.rfind(b"\n") + 1]
        if whole.startswith(self._head):
            self.kept = whole.removeprefix(self._head).decode("utf-8").split("\n")[:-1]
            self._file.truncate(len(whole))
        else:
            self._file.truncate(0)
            self._write(self._head)

    def add(self, line: str) -> None:
        """Append one line. It survives if the process is killed afterwards.

        Raises:
            StoreError: the disk is full. The lines before are kept.
        """
        with writing(self._path):
            self._write(line.encode("utf-8") + b"\n")

    def _write(self, data: bytes) -> None:
        self._file.write(data)
        self._file.flush()

    def finish(self, lines: Iterable[str]) -> None:
        """Write ``lines`` to the target, and remove the journal."""
        with atomic_path(self._target) as staged, staged.open("w", encoding="utf-8", newline="\n") as handle:
            handle.writelines(line + "\n" for line in lines)
        self._path.unlink()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with writing(self._path):  # what could not be written is tried once more
            self._file.close()
