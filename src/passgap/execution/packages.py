"""Finds the files of the packages that programs may import."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

HIDDEN_SUFFIXES = (".dist-info", ".egg-info", ".pth")


def importable(names: Iterable[str]) -> list[tuple[str, Path]]:
    """Return (name, path) of everything that the named distributions and their requirements put on the import path.

    Only that comes into the jail: benchmarks with their answers may be installed beside them.
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
        for top in _top_level(distribution):
            path = Path(str(distribution.locate_file(top)))
            if path.exists():
                found[top] = path
    return sorted(found.items())


def _top_level(distribution: metadata.Distribution) -> set[str]:
    """Return the top-level files and folders of a distribution on the import path, from its long record."""
    record = distribution.read_text("RECORD") or ""
    tops = {line.partition(",")[0].partition("/")[0] for line in record.splitlines()}
    return {top for top in tops if top and not top.endswith(HIDDEN_SUFFIXES) and top not in ("..", "__pycache__")}


def _requirement(line: str) -> re.Match[str] | None:
    """Return the name of a requirement that holds without extras."""
    return None if "extra ==" in line else re.match(r"[A-Za-z0-9._-]+", line)
