"""Control groups of memory, as the judge reads them."""

from __future__ import annotations

import contextlib
import os


def excesses(group_entries: list[str]) -> int:
    """How often a control group, given by the file to join it, met its own limit; 0 where there is none."""
    for entry in group_entries:
        folder = os.path.dirname(entry)
        with contextlib.suppress(OSError), open(f"{folder}/memory.failcnt", encoding="ascii") as file:
            return int(file.read())
        with contextlib.suppress(OSError), open(f"{folder}/memory.events", encoding="ascii") as file:
            return int(dict(line.split() for line in file)["oom"])
    return 0
