"""The files of a repository as the cache keeps them, handed to runs as they are."""

from __future__ import annotations

import json
import os
from collections.abc import Collection

from ..processes.artefact import Artefact
from .unusable import TestsUnusable

LENGTH_BYTES = 8
"""The file begins with the length of its index, then the index as JSON: path, mode, place and size of each file."""


def tree_without(path: str, replaced: Collection[str]) -> Artefact:
    """Return the files of a kept tree but for those that others are laid over.

    Raises:
        TestsUnusable: it is not there any more.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        length = int.from_bytes(os.pread(descriptor, LENGTH_BYTES, 0), "big")
        index = json.loads(os.pread(descriptor, length, LENGTH_BYTES))
    except (OSError, ValueError) as error:
        raise TestsUnusable(f"the repository's files cannot be read: {error}") from error
    return Artefact(
        [(name, mode, place, size) for name, mode, place, size in index if name not in replaced], descriptor
    )
