"""Eight bytes of memory that a judge shares with its pool: the number of the job that it is working on.

It is read only if a judge is lost, so it is written to memory rather than sent with every job.
"""

from __future__ import annotations

import mmap
import os

NONE = -1


class CurrentJob:
    """One side's view of the number behind ``descriptor``, which it keeps open."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        os.ftruncate(descriptor, mmap.PAGESIZE)
        self._memory = mmap.mmap(descriptor, mmap.PAGESIZE)

    def set(self, job: int) -> None:
        """Set the number as work on a job begins."""
        self._memory[:8] = job.to_bytes(8, "little", signed=True)

    @property
    def number(self) -> int:
        """The job on which work began last, or :data:`NONE`."""
        return int.from_bytes(self._memory[:8], "little", signed=True)

    def close(self) -> None:
        """Unmap the memory and close the descriptor."""
        self._memory.close()
        os.close(self.descriptor)
