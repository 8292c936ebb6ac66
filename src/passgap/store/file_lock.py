"""Locks on open files, which the end of a process releases whatever ends it."""

from __future__ import annotations

from passgap.errors import StoreError


def hold(descriptor: int, *, wait: bool = True) -> bool:
    """Hold an open file against everybody else who holds it, until it is closed; whether it is held.

    Args:
        descriptor: of the file.
        wait: for whoever holds it; otherwise nothing is held then.

    Raises:
        OSError: the file system knows no locks.
        StoreError: the system has no such locks.
    """
    try:
        import fcntl  # noqa: PLC0415 - there is none on Windows
    except ImportError as error:
        raise StoreError("this system has no locks on open files", ["Run it on Linux or macOS."]) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
