"""The zygote: the jail's warm interpreter. It forks one process a sample, ahead of need, and buries it.

It never sees a test, and never runs a program. The processes that it keeps waiting are confined already, so that making
the next one and tearing down the last one both happen beside the work. Each lives in its own process namespace, whose
first process it is: killing it kills all that it started, and waiting for it waits for all of them.

It does as little as can be done: a fork makes it copy every page that it writes to afterwards. Killing processes, and
watching them, is the judge's part. One packet on the control socket asks for both ends of a process's life: the number
of one to be buried (0: none), with the socket that the next one will talk on. The answer tells how the first one ended,
and the number of the new one, with a handle on it.

For the same reason nothing is imported here that is not needed: the plain ``_socket`` instead of ``socket``, which
brings enumerations and selectors along.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import signal
import struct
import sys
from _socket import CMSG_SPACE, SCM_RIGHTS, SOL_SOCKET, socket
from typing import Any

from .. import kernel
from . import confine, landlock, program, script, seccomp
from .rootfs import SCRATCH

RESERVED_PROCESSES = 8
"""Processes of the zygote's user that are not the sample's: itself, those that wait, those that are dying."""
REQUEST = struct.Struct("=i")
"""The process to be buried."""
REPLY = struct.Struct("=iiiqd")
"""The new process; the buried one, its exit code (or minus its signal), the most KiB that it held, and the seconds of
processor time that it and those used that it waited for."""
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "HOME": SCRATCH,
    "TMPDIR": SCRATCH,
    "LANG": "C.UTF-8",
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONINTMAXSTRDIGITS": "0",
    "MALLOC_ARENA_MAX": "2",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}
"""The whole environment of the zygote, and so of every program.

Without a bound on the C library's arenas, each of many threads would take 64 MiB of the address space that is limited.
"""


USER_LIMITS = {"max_user_namespaces": 0, "max_inotify_instances": 16, "max_inotify_watches": 4096}
"""Limits of the jail's users on what the kernel counts for the user who started it as well."""


class Zygote:
    """Serves one judge."""

    def __init__(self, control: socket, protections: confine.Protections) -> None:
        self._control = control
        self._namespaces = protections.namespaces
        self._confinement = confine.Confinement(protections)
        self._server = program.rehearse()
        self._alive: set[int] = set()
        self._own_pids = os.open("/proc/self/ns/pid", os.O_RDONLY) if self._namespaces else -1

    def run(self) -> None:
        """Serve until the judge hangs up, then kill and bury every process."""
        room = CMSG_SPACE(struct.calcsize("i"))
        with contextlib.suppress(ConnectionError):
            while True:
                data, ancillary, _, _ = self._control.recvmsg(REQUEST.size, room)
                if not data:
                    break
                (old,) = REQUEST.unpack(data)
                status, peak, used = self._bury(old) if old else (0, 0, 0.0)
                new, handle = self._bear(int.from_bytes(ancillary[0][2], sys.byteorder))
                packet = REPLY.pack(new, old, status, peak, used)
                self._control.sendmsg([packet], [(SOL_SOCKET, SCM_RIGHTS, handle.to_bytes(4, sys.byteorder))])
                os.close(handle)
        for pid in list(self._alive):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            self._bury(pid)

    def _bear(self, channel: int) -> tuple[int, int]:
        if self._namespaces:
            kernel.unshare(kernel.CLONE_NEWPID)
        pid = kernel.fork_single()
        if pid == 0:
            self._live(channel)
        os.close(channel)
        if self._namespaces:
            kernel.setns(self._own_pids, kernel.CLONE_NEWPID)
        self._alive.add(pid)
        return pid, os.pidfd_open(pid)

    def _live(self, channel: int) -> None:
        try:
            if not self._namespaces:
                kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
            os.setsid()  # a signal to the group would else reach the zygote, whatever the namespace
            self._confinement.enter(channel)
            program.main(self._server, RESERVED_PROCESSES if self._namespaces else None)
        finally:
            os._exit(1)

    def _bury(self, pid: int) -> tuple[int, int, float]:
        """Wait until nothing is left of a process that was killed or ended, and say how that came about."""
        if not self._namespaces:
            os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)
        _, status, usage = os.wait4(pid, 0)
        self._alive.discard(pid)
        return os.waitstatus_to_exitcode(status), usage.ru_maxrss, usage.ru_utime + usage.ru_stime


def preload(modules: list[str], packages: list[tuple[str, str]]) -> None:
    """Import what programs often use, once for all of them; what is not installed is left out."""
    sys.path.extend(sorted({os.path.dirname(path) for _, path in packages}))
    for name in modules:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


def serve(control: socket, config: dict[str, Any], *, namespaces: bool) -> None:
    """Finish the jail from inside and serve the judge."""
    try:
        protections = _protect(config, namespaces)
    except OSError as error:
        control.send(json.dumps({"refused": str(error)}).encode())
        return
    control.send(
        json.dumps(
            {
                "ready": {
                    "landlock": protections.landlock_version,
                    "process_view": protections.process_view,
                    "seccomp": protections.filtered,
                    "namespaces": namespaces,
                }
            }
        ).encode()
    )
    sys.executable = os.path.realpath(sys.executable)
    script.resemble_plain_interpreter()
    if namespaces:
        sys.path.insert(0, SCRATCH)  # where a script's own folder is looked for
    zygote = Zygote(control, protections)
    gc.collect()
    gc.freeze()
    zygote.run()


def _protect(config: dict[str, Any], namespaces: bool) -> confine.Protections:
    view = "none"
    if namespaces:
        kernel.mount("proc", "/proc", "proc", kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC)
        for name, most in USER_LIMITS.items():
            with contextlib.suppress(OSError), open(f"/proc/sys/user/{name}", "w", encoding="ascii") as file:
                file.write(str(most))
        kernel.prefer_to_kill(1000)
        view = _process_view()
    confine.limit_zygote()
    filtered = bool(config["seccomp"]) and seccomp.supported()
    if filtered:
        seccomp.install(seccomp.base_filter())
    abi = landlock.version() if namespaces else 0
    return confine.Protections(namespaces, abi, view, filtered)


def _process_view() -> str:
    """Try, in a process that ends at once, which view of its processes a sample can be given."""
    for view in ("pids", "masked"):
        pid = os.fork()
        if pid == 0:
            try:
                kernel.unshare(kernel.CLONE_NEWNS)
                confine.mount_process_view(view)
                os._exit(0)
            except OSError:
                os._exit(1)
        if os.waitpid(pid, 0)[1] == 0:
            return view
    return "none"
