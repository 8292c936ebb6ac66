"""The folder that tests work in, where they share files with a program."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator

from ..exchange.shared_folder import SCRATCH, SharedFolder
from .session import Session

PARENT = "/tmp"  # noqa: S108 - where a jail has a folder of its own
PYTEST = "pytest"
"""The part of the folder for pytest's temporary folders."""


@contextlib.contextmanager
def working_folder(session: Session, wanted: bool) -> Iterator[None]:
    """Let tests and program of one sample work in one folder, which is gone afterwards."""
    if not wanted:
        yield
        return
    before, variable, scratch = os.getcwd(), os.environ.get("TMPDIR"), tempfile.tempdir
    folder = tempfile.mkdtemp(prefix="passgap-tests-", dir=PARENT)
    try:
        session.folder = SharedFolder(folder)
        session.folder.enter()
        tempfile.tempdir = f"{folder}/{SCRATCH}"
        yield
    finally:
        tempfile.tempdir = scratch
        os.environ.pop("TMPDIR", None)
        if variable is not None:
            os.environ["TMPDIR"] = variable
        os.chdir(before)
        shutil.rmtree(folder, ignore_errors=True)
