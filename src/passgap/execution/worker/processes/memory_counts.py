"""The kernel's counts of kills and limits of memory."""

from __future__ import annotations

import contextlib
import os

from .unpatched import open_file


def excesses(group_entries: list[str]) -> int:
    """Return how often a control group, given by the file to join it, hit its own limit; 0 if there is none."""
    for entry in group_entries:
        folder = os.path.dirname(entry)
        with contextlib.suppress(OSError), open_file(f"{folder}/memory.failcnt", encoding="ascii") as file:
            return int(file.read())
        with contextlib.suppress(OSError), open_file(f"{folder}/memory.events", encoding="ascii") as file:
            return int(dict(line.split() for line in file)["oom"])
    return 0


def kills() -> int:
    """Return how many processes the kernel has killed for want of memory since it started; 0 if it does not say."""
    with contextlib.suppress(OSError, ValueError), open_file("/proc/vmstat", encoding="ascii") as file:
        return next((int(line.split()[1]) for line in file if line.startswith("oom_kill ")), 0)
    return 0
