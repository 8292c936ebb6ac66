"""System calls that CPython 3.11 does not offer, made through the C library."""

from __future__ import annotations

import contextlib
import ctypes
import os
from collections.abc import Callable
from typing import Any

CLONE_NEWNS = 0x00020000
CLONE_NEWCGROUP = 0x02000000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_NOSUID = 0x2
MS_NODEV = 0x4
MS_NOEXEC = 0x8
MS_BIND = 0x1000
MS_REC = 0x4000
MS_PRIVATE = 0x40000
MNT_DETACH = 0x2

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_SECCOMP = 22
PR_SET_NO_NEW_PRIVS = 38

_CAPABILITY_VERSION_3 = 0x20080522
_MOUNT_ATTR_RDONLY = 0x1
_MOUNT_ATTR_NOSUID = 0x2
_AT_FDCWD = -100
_SYS_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
_SYS_CAPSET = {"x86_64": 126, "aarch64": 91}
_SYS_MOUNT_SETATTR = 442

ARCHITECTURE = os.uname().machine
LIBC = ctypes.CDLL(None, use_errno=True)
_LOCKED_LIBC = ctypes.PyDLL(None)
"""The C library, for calls that keep the interpreter's lock."""


Call = tuple[Callable[..., int], tuple[Any, ...], str]
"""A prepared system call: the C library's function, its arguments, and the error message's beginning."""


def checked(result: int, what: str) -> int:
    """Return ``result``, or raise OSError with the C library's error number and ``what`` was tried."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def perform(*calls: Call) -> None:
    """Make calls in order, until one fails."""
    for function, arguments, what in calls:
        checked(function(*arguments), what)


def unshare_call(flags: int) -> Call:
    """See :func:`unshare`."""
    return LIBC.unshare, (flags,), f"unshare({flags:#x})"


def unshare(flags: int) -> None:
    """Move this process, or for process namespaces its next children, into new namespaces."""
    perform(unshare_call(flags))


def fork_single() -> int:
    """Fork a process that has never had a second thread, without the interpreter's own preparations.

    ``os.fork`` reinitialises locks and runs hooks that modules have registered, for the sake of threads that the child
    does not have; that writes to some 190 pages, each of which must be copied, and takes longer than all of the
    confinement. The C library's own fork handlers run. Random number generators keep their state: see
    ``sample_program.main``.
    """
    return checked(_LOCKED_LIBC.fork(), "fork")


def setns(fd: int, kind: int) -> None:
    """Enter the namespace behind a descriptor."""
    checked(LIBC.setns(fd, kind), "setns")


def mount_call(source: str, target: str, kind: str | None, flags: int = 0, data: str | None = None) -> Call:
    """See :func:`mount`."""
    arguments = (
        os.fsencode(source),
        os.fsencode(target),
        kind.encode() if kind else None,
        ctypes.c_ulong(flags),
        data.encode() if data else None,
    )
    return LIBC.mount, arguments, f"mount {source} on {target}"


def mount(source: str, target: str, kind: str | None, flags: int = 0, data: str | None = None) -> None:
    """Mount ``source`` on ``target``."""
    perform(mount_call(source, target, kind, flags, data))


def unmount(target: str) -> None:
    """Detach a mount and everything on it."""
    checked(LIBC.umount2(os.fsencode(target), MNT_DETACH), f"umount {target}")


def pivot_root(new: str, old: str) -> None:
    """Make ``new`` the root, and move the present one to ``old``."""
    checked(LIBC.syscall(_SYS_PIVOT_ROOT[ARCHITECTURE], os.fsencode(new), os.fsencode(old)), "pivot_root")


def make_read_only(target: str) -> None:
    """Make a mount read-only and disable set-user-id programs on it."""
    attributes = (ctypes.c_uint64 * 4)(_MOUNT_ATTR_RDONLY | _MOUNT_ATTR_NOSUID, 0, 0, 0)
    checked(
        LIBC.syscall(
            _SYS_MOUNT_SETATTR,
            _AT_FDCWD,
            os.fsencode(target),
            0,
            ctypes.byref(attributes),
            ctypes.c_size_t(ctypes.sizeof(attributes)),
        ),
        f"mount_setattr {target}",
    )


def prctl(option: int, value: int) -> None:
    """Set an attribute of this process."""
    checked(LIBC.prctl(option, ctypes.c_ulong(value), 0, 0, 0), f"prctl({option})")


_OWN_CAPABILITIES = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
_NO_CAPABILITIES = (ctypes.c_uint32 * 6)()


DROP_CAPABILITIES: Call = (
    LIBC.syscall,
    (_SYS_CAPSET.get(ARCHITECTURE, -1), _OWN_CAPABILITIES, _NO_CAPABILITIES),
    "capset",
)
"""Drop every capability of this process, irrevocably once no new privileges can be gained."""


def prefer_to_kill(score: int) -> None:
    """Make the kernel end this process, and those that it will start, first if memory runs out; 1000 at most."""
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
        file.write(str(score))


def set_host_name(name: str) -> None:
    """Set the host name in this namespace."""
    encoded = name.encode()
    checked(LIBC.sethostname(encoded, ctypes.c_size_t(len(encoded))), "sethostname")
