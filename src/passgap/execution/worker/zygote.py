"""The zygote: the jail's warm interpreter. It forks one process a sample, ahead of need, and buries it.

It never sees a test, and never runs a program. It always keeps one sample's process waiting, confined already, so that
making the next one and tearing down the last one both happen beside the work. Each lives in its own process
namespace, whose first process it is: killing it kills all that it started, and waiting for it waits for all of them.

Messages on the control socket (sequenced packets, JSON): the judge sends ``take`` (a waiting process is given a
program) and ``end`` (kill it, after ``grace`` seconds if it is still alive then); the zygote sends ``spare`` (with the
judge's end of the process's socket) and ``exit``.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import time
from typing import Any

from . import confine, kernel, landlock, memory, program, seccomp
from .tree import SCRATCH

SPARES = 2
WATCH_SECONDS = 0.05
"""How often the memory of a running sample's whole process tree is added up."""
RESERVED_PROCESSES = 8
"""Processes of the zygote's user that are not the sample's: itself, those that wait, those that are dying."""
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "HOME": SCRATCH,
    "TMPDIR": SCRATCH,
    "LANG": "C.UTF-8",
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}
"""The whole environment of the zygote, and so of every program."""


class Running:
    """One sample's process, from its fork to its burial."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.handle = os.pidfd_open(pid)
        self.taken: float | None = None
        self.limit = 0
        self.peak = 0
        self.over = False
        self.kill_at: float | None = None
        self.killed = False


class Zygote:
    """Serves one judge."""

    def __init__(self, control: socket.socket, protections: confine.Protections) -> None:
        self._control = control
        self._protections = protections
        self._service = program.rehearse()
        self._running: dict[int, Running] = {}
        self._own_pids = os.open("/proc/self/ns/pid", os.O_RDONLY) if protections.namespaces else -1
        self._poll = select.poll()
        self._poll.register(control, select.POLLIN)

    def run(self) -> None:
        """Serve until the judge hangs up, then kill and bury every process."""
        for _ in range(SPARES):
            self._spawn()
        while True:
            for descriptor, _ in self._poll.poll(self._timeout()):
                if descriptor == self._control.fileno():
                    if not self._receive():
                        self._stop()
                        return
                elif (running := self._by_handle(descriptor)) is not None:
                    self._bury(running)
            self._watch()

    def _receive(self) -> bool:
        """Obey all that has arrived, before any process is buried that it may speak of; False at the end."""
        while True:
            try:
                data = self._control.recv(1 << 16, socket.MSG_DONTWAIT)
            except BlockingIOError:
                return True
            except ConnectionError:
                return False
            if not data:
                return False
            self._obey(json.loads(data))

    def _obey(self, message: dict[str, Any]) -> None:
        running = self._running.get(message["pid"])
        if running is None:
            return
        if "take" in message:
            running.taken = time.monotonic()
            running.limit = message["take"]
            self._spawn()
        else:
            running.kill_at = time.monotonic() + message["end"]
            if message["end"] == 0:
                self._kill(running)

    def _spawn(self) -> None:
        ours, theirs = socket.socketpair()
        if self._protections.namespaces:
            kernel.unshare(kernel.CLONE_NEWPID)
        pid = kernel.fork_single()
        if pid == 0:
            self._become_sample(theirs)
        theirs.close()
        if self._protections.namespaces:
            kernel.setns(self._own_pids, kernel.CLONE_NEWPID)
        running = Running(pid)
        self._running[pid] = running
        self._poll.register(running.handle, select.POLLIN)
        socket.send_fds(self._control, [json.dumps({"spare": pid}).encode()], [ours.fileno()])
        ours.close()

    def _become_sample(self, channel: socket.socket) -> None:
        try:
            kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
            os.dup2(channel.fileno(), 3)
            channel.detach()
            os.closerange(4, confine.DESCRIPTORS)
            if not self._protections.namespaces:
                os.setsid()
            confine.enter(self._protections)
            self._service.connect(socket.socket(fileno=3))
            program.main(self._service, RESERVED_PROCESSES if self._protections.namespaces else None)
        finally:
            os._exit(1)

    def _by_handle(self, descriptor: int) -> Running | None:
        return next((running for running in self._running.values() if running.handle == descriptor), None)

    def _kill(self, running: Running) -> None:
        if not select.select([running.handle], [], [], 0)[0]:
            running.killed = True
        running.kill_at = None
        with contextlib.suppress(ProcessLookupError):
            os.kill(running.pid, signal.SIGKILL)
        if not self._protections.namespaces:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(running.pid, signal.SIGKILL)

    def _bury(self, running: Running) -> None:
        if not self._protections.namespaces:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(running.pid, signal.SIGKILL)
        _, status, usage = os.wait4(running.pid, 0)
        self._poll.unregister(running.handle)
        os.close(running.handle)
        del self._running[running.pid]
        self._control.send(
            json.dumps(
                {
                    "exit": running.pid,
                    "status": os.waitstatus_to_exitcode(status),
                    "killed": running.killed,
                    "over": running.over,
                    "peak": max(running.peak, usage.ru_maxrss << 10),
                }
            ).encode()
        )

    def _timeout(self) -> float | None:
        now = time.monotonic()
        waits = [running.kill_at - now for running in self._running.values() if running.kill_at is not None]
        if any(running.taken is not None and not running.killed for running in self._running.values()):
            waits.append(WATCH_SECONDS)
        return max(0.0, min(waits)) * 1000 if waits else None

    def _watch(self) -> None:
        now = time.monotonic()
        for running in self._running.values():
            if running.kill_at is not None and running.kill_at <= now:
                self._kill(running)
        watched = [
            running
            for running in self._running.values()
            if running.taken is not None and not running.killed and now - running.taken >= WATCH_SECONDS
        ]
        if not watched:
            return
        usage = memory.by_ancestor({running.pid for running in watched})
        for running in watched:
            running.peak = max(running.peak, usage.get(running.pid, 0))
            if running.peak > running.limit:
                running.over = True
                self._kill(running)

    def _stop(self) -> None:
        for running in list(self._running.values()):
            self._kill(running)
        for running in list(self._running.values()):
            os.waitpid(running.pid, 0)


def preload(modules: list[str], packages: list[tuple[str, str]]) -> None:
    """Import what programs often use, once for all of them; what is not installed is left out."""
    sys.path.extend(sorted({os.path.dirname(path) for _, path in packages}))
    for name in modules:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


def serve(control: socket.socket, config: dict[str, Any], *, namespaces: bool) -> None:
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
    zygote = Zygote(control, protections)
    gc.collect()
    gc.freeze()
    zygote.run()


def _protect(config: dict[str, Any], namespaces: bool) -> confine.Protections:
    view = "none"
    if namespaces:
        kernel.mount("proc", "/proc", "proc", kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC)
        with contextlib.suppress(OSError), open("/proc/sys/user/max_user_namespaces", "w", encoding="ascii") as file:
            file.write("0")
        with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
            file.write("1000")
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
