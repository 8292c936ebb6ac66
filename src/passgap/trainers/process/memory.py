"""The most memory that a process held."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path


def peak_memory() -> int | None:
    """The most main memory that this process has held, in bytes; None where the system does not tell.

    Linux counts it from the program's start; ``getrusage`` would count what the parent held when it forked, too.
    """
    with suppress(OSError, ValueError, StopIteration):
        lines = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
        return 1024 * int(next(line.split()[1] for line in lines if line.startswith("VmHWM:")))
    with suppress(ImportError):
        import resource  # noqa: PLC0415 - not on every system

        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else 1024 * most
    return None


def peak_device_memory() -> int | None:
    """The most memory that this process has reserved on its GPUs, in bytes; None without one."""
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_available():
        return None
    return sum(int(torch.cuda.max_memory_reserved(number)) for number in range(torch.cuda.device_count()))
