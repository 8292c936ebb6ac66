"""Which files make up the packages that programs may import."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

HIDDEN_SUFFIXES = (".dist-info", ".egg-info", ".pth")


def importable(names: Iterable[str]) -> list[tuple[str, Path]]:
    """Return (name, path) of what the named distributions and all that they need put on the import path.

    Only those come into the jail: benchmarks with their answers may be installed beside them.
    """
    found: dict[str, Path] = {}
    waiting, seen = list(names), set()
    while waiting:
        name = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if name in seen:
            continue
        seen.add(name)
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        waiting += [match[0] for line in distribution.requires or () if (match := _requirement(line))]
        for file in distribution.files or ():
            top = file.parts[0]
            if top.endswith(HIDDEN_SUFFIXES) or top in ("..", "__pycache__"):
                continue
            path = Path(str(distribution.locate_file(top)))
            if path.exists():
                found[top] = path
    return sorted(found.items())


def _requirement(line: str) -> re.Match[str] | None:
    """The name of a requirement that holds without extras."""
    return None if "extra ==" in line else re.match(r"[A-Za-z0-9._-]+", line)
