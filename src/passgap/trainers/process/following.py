"""A process that ends when its parent does, however that ended."""

from __future__ import annotations

import os
import signal
import threading
import time

_INTERVAL = 0.5
"""Seconds between two looks."""


def follow(parent: int) -> None:
    """Kill this process within a second of its parent's end, from a thread that waits for it.

    A process whose parent has ended is given another one, on every system; nothing else tells of a parent that was
    killed without a chance to say so.

    Args:
        parent: the id of the process that this one belongs to.
    """
    threading.Thread(target=_wait, args=(parent,), daemon=True, name="passgap-follow-parent").start()


def _wait(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_INTERVAL)
    os.kill(os.getpid(), signal.SIGKILL)
