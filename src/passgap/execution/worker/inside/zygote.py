"""The zygote: the jail's warm interpreter. It forks one process per sample, ahead of need, and reaps it.

It never sees a test, and never runs a program. The processes that it keeps waiting are confined already, so that making
the next one and tearing down the last one both overlap with the work. Each is the first process of a process namespace
of its own: killing it kills everything that it started, and waiting for it waits for all of that.

It does as little as possible, because after a fork it copies every page that it writes to. Killing processes, and
watching them, is left to the judge. One packet on the control socket asks for both ends of a process's life: the number
of the process to reap (0: none), with the socket for the next one. The answer says how the first one ended, and gives
the number of the new one, with a pidfd.

For the same reason it imports nothing that it does not need: the plain ``_socket`` instead of ``socket``, which imports
enumerations and selectors.
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
from . import command, confine, landlock, sample_program, script, seccomp
from .rootfs import SCRATCH

RESERVED_PROCESSES = 8
"""Processes of the zygote's user that are not the sample's: itself, those that wait, those that are being torn down."""
REQUEST = struct.Struct("=i")
"""The process to reap."""
REPLY = struct.Struct("=iiiqd")
"""The new process; the reaped one, its exit code (or minus its signal), its peak memory in KiB, and the seconds of
processor time that it and the children it waited for used."""
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
"""The complete environment of the zygote, and so of every program.

Without a bound on the C library's arenas, each of many threads would take 64 MiB of the limited address space.
"""


USER_LIMITS = {"max_user_namespaces": 0, "max_inotify_instances": 16, "max_inotify_watches": 4096}
"""Limits on resources of the jail's users that the kernel also counts for the user who started it."""


class Zygote:
    """Serves one judge."""

    def __init__(self, control: socket, protections: confine.Protections, config: dict[str, Any]) -> None:
        self._control = control
        self._namespaces = protections.namespaces
        self._confinement = confine.Confinement(
            protections,
            config.get("scratch_bytes", confine.SCRATCH_BYTES),
            config.get("scratch_files", confine.SCRATCH_FILES),
        )
        self._server = None if config.get("commands") else sample_program.rehearse()
        self._alive: set[int] = set()
        self._own_pids = os.open("/proc/self/ns/pid", os.O_RDONLY) if self._namespaces else -1

    def run(self) -> None:
        """Serve until the judge hangs up, then kill and reap every process."""
        room = CMSG_SPACE(struct.calcsize("i"))
        with contextlib.suppress(ConnectionError):
            while True:
                data, ancillary, _, _ = self._control.recvmsg(REQUEST.size, room)
                if not data:
                    break
                (old,) = REQUEST.unpack(data)
                status, peak, used = self._reap(old) if old else (0, 0, 0.0)
                new, handle = self._spawn(int.from_bytes(ancillary[0][2], sys.byteorder))
                packet = REPLY.pack(new, old, status, peak, used)
                self._control.sendmsg([packet], [(SOL_SOCKET, SCM_RIGHTS, handle.to_bytes(4, sys.byteorder))])
                os.close(handle)
        for pid in list(self._alive):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            self._reap(pid)

    def _spawn(self, channel: int) -> tuple[int, int]:
        if self._namespaces:
            kernel.unshare(kernel.CLONE_NEWPID)
        pid = kernel.fork_single()
        if pid == 0:
            self._become_sample(channel)
        os.close(channel)
        if self._namespaces:
            kernel.setns(self._own_pids, kernel.CLONE_NEWPID)
        self._alive.add(pid)
        return pid, os.pidfd_open(pid)

    def _become_sample(self, channel: int) -> None:
        try:
            if not self._namespaces:
                kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
            os.setsid()  # a signal to the group would otherwise reach the zygote, whatever the namespace
            self._confinement.enter(channel)
            if self._server is None:
                command.main(RESERVED_PROCESSES)
            else:
                sample_program.main(self._server, RESERVED_PROCESSES if self._namespaces else None)
        finally:
            os._exit(1)

    def _reap(self, pid: int) -> tuple[int, int, float]:
        """Wait until nothing is left of a process that was killed or ended, and return how it ended."""
        if not self._namespaces:
            os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)
        _, status, usage = os.wait4(pid, 0)
        self._alive.discard(pid)
        return os.waitstatus_to_exitcode(status), usage.ru_maxrss, usage.ru_utime + usage.ru_stime


def preload(modules: list[str], packages: list[tuple[str, str]]) -> None:
    """Import modules that programs often use, once for all of them; those that are not installed are left out."""
    sys.path.extend(sorted({os.path.dirname(path) for _, path in packages}))
    for name in modules:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


def serve(control: socket, config: dict[str, Any], *, namespaces: bool) -> None:
    """Finish setting up the jail from inside, and serve the judge."""
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
        sys.path.insert(0, SCRATCH)  # the place of a script's own folder
    zygote = Zygote(control, protections, config)
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
    """Find out, in a process that ends at once, which view of its processes a sample can be given."""
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
