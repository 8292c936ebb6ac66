"""What makes one sample's process a jail: namespaces, a scratch folder, no capabilities, filters and limits."""

from __future__ import annotations

import os
import resource

from . import kernel, landlock
from .tree import SCRATCH

SCRATCH_BYTES = 64 << 20
SCRATCH_FILES = 8192
DESCRIPTORS = 256
STACK_BYTES = 64 << 20
CPU_GRACE_SECONDS = 5


class Protections:
    """Which optional protections the zygote found on this machine."""

    def __init__(self, namespaces: bool, landlock_version: int, process_view: str, filtered: bool) -> None:
        self.namespaces = namespaces
        self.landlock_version = landlock_version
        self.process_view = process_view
        """``pids``: a /proc with nothing but the sample's own processes; ``none``: no /proc at all."""
        self.filtered = filtered


def enter(protections: Protections) -> None:
    """Cut this process off, before it learns what it will run.

    The order matters: mounts need capabilities, and Landlock forbids them.
    """
    if protections.namespaces:
        # System V and POSIX queues are behind the filter; where there is none, each sample needs its own.
        kernel.unshare(kernel.CLONE_NEWNS | (0 if protections.filtered else kernel.CLONE_NEWIPC))
        kernel.mount(
            "scratch",
            SCRATCH,
            "tmpfs",
            kernel.MS_NOSUID | kernel.MS_NODEV,
            f"size={SCRATCH_BYTES},nr_inodes={SCRATCH_FILES},mode=0777",
        )
        mount_process_view(protections.process_view)
        os.mkdir(SCRATCH + "/.shm")
        os.chdir(SCRATCH)
        if protections.landlock_version:
            landlock.restrict(protections.landlock_version, SCRATCH, "/dev")
        kernel.drop_capabilities()


def mount_process_view(view: str) -> None:
    """Mount what a sample sees of its own processes, or an empty folder."""
    flags = kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC
    if view == "pids":
        kernel.mount("proc", "/proc", "proc", flags, "subset=pid,hidepid=invisible")
    elif view == "masked":
        kernel.mount("proc", "/proc", "proc", flags)
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
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, DESCRIPTORS),
        (resource.RLIMIT_MEMLOCK, 1 << 16),
        (resource.RLIMIT_MSGQUEUE, 0),
        (resource.RLIMIT_RTPRIO, 0),
        (resource.RLIMIT_SIGPENDING, 256),
    ):
        _lower(kind, value)


def limit_sample(memory: int, processes: int | None, file_size: int, seconds: float) -> None:
    """Set one sample's own limits; they can only be lowered afterwards."""
    _lower(resource.RLIMIT_AS, memory)
    if processes is not None:
        _lower(resource.RLIMIT_NPROC, processes)
    _lower(resource.RLIMIT_FSIZE, file_size)
    _lower(resource.RLIMIT_CPU, int(seconds) + CPU_GRACE_SECONDS)
    _lower(resource.RLIMIT_STACK, STACK_BYTES)


def _lower(kind: int, value: int) -> None:
    hard = resource.getrlimit(kind)[1]
    bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (bound, bound))
