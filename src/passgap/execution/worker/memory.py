"""The memory of whole process trees, from /proc."""

from __future__ import annotations

import os

PAGE = os.sysconf("SC_PAGE_SIZE")


def by_ancestor(roots: set[int]) -> dict[int, int]:
    """Return the resident bytes of each root and everything below it.

    Pages shared after a fork count once for each process: an upper bound, by a few MiB a process.
    """
    parents: dict[int, int] = {}
    resident: dict[int, int] = {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        pid = int(name)
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                fields = file.read().rpartition(b")")[2].split()
        except OSError:
            continue
        parents[pid] = int(fields[1])
        resident[pid] = int(fields[21]) * PAGE
    totals = dict.fromkeys(roots, 0)
    for pid, size in resident.items():
        ancestor = pid
        while ancestor not in roots and ancestor in parents:
            ancestor = parents[ancestor]
        if ancestor in roots:
            totals[ancestor] += size
    return totals
