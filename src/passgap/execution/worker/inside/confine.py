"""The confinement of one sample's process: namespaces, a scratch folder, no capabilities, filters and limits."""

from __future__ import annotations

import os
import resource
from typing import NamedTuple

from .. import kernel
from . import landlock
from .rootfs import SCRATCH

CHANNEL = 3
"""The descriptor of a sample's process on which it talks to the judge; those below are the null device."""
SCRATCH_BYTES = 64 << 20
SCRATCH_FILES = 8192
SHARED_MEMORY = SCRATCH + "/.shm"
DESCRIPTORS = 256
STACK_BYTES = 64 << 20
"""Limit of the main thread's stack. Programs may raise it, as on any machine: it counts as address space too."""
CPU_GRACE_SECONDS = 5
"""Seconds of processor time beyond the limit, which the judge enforces, after which the kernel ends a process itself.
"""


class Protections(NamedTuple):
    """The optional protections that the zygote found on this machine."""

    namespaces: bool
    landlock_version: int
    process_view: str
    """``pids``: /proc shows the sample's own processes only; ``masked``: the rest is covered; ``none``: /proc is empty.
    """
    filtered: bool


class Confinement:
    """Confines each sample's process; everything that can be prepared is prepared in the zygote.

    A process that was just forked copies every page that it writes to, so it should do little more than make the calls.
    """

    def __init__(
        self, protections: Protections, scratch_bytes: int = SCRATCH_BYTES, scratch_files: int = SCRATCH_FILES
    ) -> None:
        self._calls: list[kernel.Call] = []
        self._ruleset: landlock.Ruleset | None = None
        if not protections.namespaces:
            return
        # System V and POSIX queues are behind the filter; where there is none, each sample needs its own.
        flags = kernel.CLONE_NEWNS | (0 if protections.filtered else kernel.CLONE_NEWIPC)
        size = f"size={scratch_bytes},nr_inodes={scratch_files},mode=0777"
        self._calls = [
            kernel.unshare_call(flags),
            kernel.mount_call("scratch", SCRATCH, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, size),
        ]
        self._view = protections.process_view
        if protections.landlock_version:
            self._ruleset = landlock.Ruleset(protections.landlock_version, SCRATCH, "/dev")

    def enter(self, channel: int) -> None:
        """Confine this process before it learns what it will run; only ``channel`` stays open.

        The order matters: mounts need capabilities, and Landlock forbids mounts.
        """
        if self._calls:
            kernel.perform(*self._calls)
            mount_process_view(self._view)
            os.mkdir(SHARED_MEMORY)
            os.chdir(SCRATCH)
            if self._ruleset is not None:
                self._ruleset.enforce()
            kernel.perform(kernel.DROP_CAPABILITIES)
        os.dup2(channel, CHANNEL)
        os.closerange(CHANNEL + 1, DESCRIPTORS)


_FLAGS = kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC
_MOUNT_PIDS = kernel.mount_call("proc", "/proc", "proc", _FLAGS, "subset=pid,hidepid=invisible")


def mount_process_view(view: str) -> None:
    """Mount the /proc that a sample sees, or an empty folder in its place."""
    if view == "pids":
        kernel.perform(_MOUNT_PIDS)
    elif view == "masked":
        kernel.mount("proc", "/proc", "proc", _FLAGS)
        for name in os.listdir("/proc"):
            _cover(f"/proc/{name}")
    else:
        kernel.mount("/empty", "/proc", None, kernel.MS_BIND)


def _cover(path: str) -> None:
    if path.removeprefix("/proc/").isdigit() or os.path.islink(path):
        return
    if os.path.isdir(path):
        kernel.mount("/empty", path, None, kernel.MS_BIND)
    else:
        kernel.mount("/dev/null", path, None, kernel.MS_BIND)


def limit_zygote() -> None:
    """Set the limits that are the same for every sample."""
    for kind, value in (
        (resource.RLIMIT_CORE, 1),  # 0 would still start a crash handler that the kernel pipes cores to
        (resource.RLIMIT_NOFILE, DESCRIPTORS),
        (resource.RLIMIT_MEMLOCK, 1 << 16),
        (resource.RLIMIT_MSGQUEUE, 0),
        (resource.RLIMIT_RTPRIO, 0),
        (resource.RLIMIT_SIGPENDING, 256),
    ):
        _lower(kind, value)
    hard = resource.getrlimit(resource.RLIMIT_STACK)[1]
    soft = STACK_BYTES if hard == resource.RLIM_INFINITY else min(STACK_BYTES, hard)
    resource.setrlimit(resource.RLIMIT_STACK, (soft, hard))


def limit_sample(memory: int, processes: int | None, file_size: int, seconds: float) -> None:
    """Set the limits of one sample; they can only be lowered afterwards."""
    _lower(resource.RLIMIT_AS, memory)
    if processes is not None:
        _lower(resource.RLIMIT_NPROC, processes)
    _lower(resource.RLIMIT_FSIZE, file_size)
    _lower(resource.RLIMIT_CPU, int(seconds) + CPU_GRACE_SECONDS)


def _lower(kind: int, value: int) -> None:
    try:
        resource.setrlimit(kind, (value, value))
    except ValueError:  # it is lower already
        hard = resource.getrlimit(kind)[1]
        resource.setrlimit(kind, (hard, hard))
