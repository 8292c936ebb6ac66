"""Enters the jail: a fresh interpreter becomes the zygote, in namespaces of its own.

As an ordinary user everything happens inside a user namespace. As root, the root file system is built first, with
root's privileges (so that an interpreter in a home folder that nobody else may enter can be bound), then root is given
up for an identity that owns nothing on the host, and only then is the user namespace made: whatever a program did to
its namespaces, it would act on the host as nobody.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import signal
from _socket import socket
from typing import Any

from .. import kernel
from . import rootfs, zygote

NOBODY = 65534
INSIDE = 1000
"""The user and group id that programs see."""


def main(descriptor: int) -> None:
    """Enter the jail and serve the judge at the other end of ``descriptor`` until it hangs up."""
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    control = socket(fileno=descriptor)
    config: dict[str, Any] = json.loads(control.recv(1 << 16))
    try:
        for path in config["cgroup"]:
            with open(path, "w", encoding="ascii") as file:
                file.write(str(os.getpid()))
        zygote.preload(config["preload"], config["packages"])
        if not config["isolated"]:
            zygote.serve(control, config, namespaces=False)
            return
        enter(config)
    except OSError as error:
        control.send(json.dumps({"refused": str(error)}).encode())
        return
    child = os.fork()
    if child == 0:
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
        zygote.serve(control, config, namespaces=True)
        os._exit(0)
    control.close()
    os.waitpid(child, 0)


def enter(config: dict[str, Any]) -> None:
    """Move this process into new namespaces, whose first process is its next child, and into the root file system.

    Args:
        config: names what is in that file system.

    Raises:
        OSError: the kernel refused; the message names the call.
    """
    packages = tuple((name, path) for name, path in config["packages"])
    binds = tuple((source, target) for source, target in config.get("binds", ()))
    root = functools.partial(rootfs.build, packages, binds, bool(config.get("libraries_alone")))
    rest = kernel.CLONE_NEWNET | kernel.CLONE_NEWUTS | kernel.CLONE_NEWIPC | kernel.CLONE_NEWPID
    if os.geteuid() == 0 and _may_mount():
        root()
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
        kernel.prctl(kernel.PR_SET_DUMPABLE, 1)
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
        _new_user(rest | kernel.CLONE_NEWNS)
    else:
        _new_user(rest | kernel.CLONE_NEWNS)
        root()
    with contextlib.suppress(OSError):
        kernel.unshare(kernel.CLONE_NEWCGROUP)
    kernel.set_host_name("sandbox")
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)


def _may_mount() -> bool:
    try:
        kernel.unshare(kernel.CLONE_NEWNS)
    except PermissionError:
        return False
    return True


def _new_user(flags: int) -> None:
    user, group = os.geteuid(), os.getegid()
    kernel.unshare(kernel.CLONE_NEWUSER | flags)
    for path, text in (
        ("/proc/self/setgroups", "deny"),
        ("/proc/self/uid_map", f"{INSIDE} {user} 1"),
        ("/proc/self/gid_map", f"{INSIDE} {group} 1"),
    ):
        try:
            with open(path, "w", encoding="ascii") as file:
                file.write(text)
        except OSError as error:
            raise OSError(error.errno, f"write {path}: {error.strerror}") from error
