"""The judge: takes jobs from the pool one by one, has a runner run each program in the jail, and reports results."""

from __future__ import annotations

import contextlib
import json
import os
import re
import resource
import select
import signal
import socket
import sys
import threading
from collections import deque
from dataclasses import dataclass
from typing import Any

from . import kernel
from .current_job import CurrentJob
from .exchange.frames import REQUEST_BYTES, Frames, from_json, pack
from .processes.commands import CommandJails
from .processes.jail import Jail, JailLost
from .processes.process_end import how_it_ended, why_again
from .processes.sample_result import SampleResult
from .processes.watch import Watch
from .runners import RUNNERS
from .runners.base import COMMANDS, Plan
from .styles.unusable import TestsUnusable

JUDGE_BYTES = 4 << 30
"""The judge's own address space in bytes: a bound on what an answer can make it hold."""
INTEGER_DIGITS = 100_000
"""The most digits of an integer that tests may convert to text, which takes time quadratic in them."""
OOM_SCORE = 500
"""The kernel's preference to end judges if the machine runs out of memory: after programs, before the study's process.
"""
NUMPY = "numpy"


@dataclass(frozen=True)
class Prepared:
    """A problem's tests as the judge keeps them for all samples."""

    plan: Plan
    uses_package: bool
    """Whether the tests import an installed package, whose values may then be among the arguments."""


class Judge:
    """Serves one pool through ``channel``."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._frames = Frames(channel.recv, REQUEST_BYTES)
        config = self._frames.read()
        assert config is not None
        self._config: dict[str, Any] = json.loads(config)
        names = [re.escape(name.removesuffix(".py")) for name, _ in self._config["packages"]]
        self._packages = re.compile(rf"\b({'|'.join(names)})\b") if names else None
        self._current_job = CurrentJob(self._config["current_job"])
        self._plans: dict[int, Prepared | TestsUnusable] = {}
        self._decided: deque[tuple[Jail, SampleResult]] = deque()
        self._jails: dict[bool, Jail] = {}
        self._watch = Watch()
        self._command_jails = CommandJails(self._config, self._watch)

    def run(self) -> None:
        """Serve until the pool hangs up."""
        try:
            protections = self._jail(False).protections
        except JailLost as error:
            self._channel.sendall(pack({"refused": str(error)}))
            return
        self._channel.sendall(pack({"ready": protections}))
        while True:
            while self._decided and not self._frames.waiting():
                waiting: list[socket.socket | Jail] = [self._channel, self._decided[0][0]]
                if self._channel in select.select(waiting, [], [])[0]:
                    break
                self._publish()
            body = self._frames.read()
            if body is None:
                break
            self._take(from_json(body))
            self._publish()
        self._command_jails.close()
        for jail in self._jails.values():
            jail.close()

    def _jail(self, with_packages: bool) -> Jail:
        """Return the jail for a program: installed packages are there only for programs that name one of them.

        Their mounts, and importing numpy ahead, would make every other sample more expensive.
        """
        if with_packages not in self._jails:
            extra = {"preload": [*self._config["preload"], NUMPY]} if with_packages else {"packages": []}
            self._jails[with_packages] = Jail({**self._config, **extra}, self._watch)
        return self._jails[with_packages]

    def _names_package(self, text: str) -> bool:
        return self._packages is not None and self._packages.search(text) is not None

    def _take(self, job: dict[str, Any]) -> None:
        self._current_job.set(job["job"])
        prepared = self._prepared(job)
        if isinstance(prepared, TestsUnusable):
            self._send(SampleResult(job["job"], "unscored", str(prepared), 0.0))
            return
        runner = RUNNERS[job["runner"]]
        if runner.toolchain == COMMANDS:
            self._send(runner.run(self._command_jails.commands(job), prepared.plan, job))
            return
        sources = (job["program"], *job["files"].values())
        jail = self._jail(prepared.uses_package or any(map(self._names_package, sources)))
        result = runner.run(jail, prepared.plan, job)
        if result.process is None:
            self._send(result)
        else:
            self._decided.append((jail, result))

    def _prepared(self, job: dict[str, Any]) -> Prepared | TestsUnusable:
        """Return the plan for a job's tests, whose text comes with the first job that has them."""
        if "tests" in job:
            if job["forget"]:
                self._plans.clear()
            try:
                plan = RUNNERS[job["runner"]].plan(json.loads(job["tests"]), job["entry_point"])
                uses_package = any(self._names_package(name) for name in plan.imported)
                self._plans[job["plan"]] = Prepared(plan, uses_package)
            except TestsUnusable as error:
                self._plans[job["plan"]] = error
        return self._plans[job["plan"]]

    def _publish(self) -> None:
        """Send the results of which no process is left, in order."""
        while self._decided:
            jail, result = self._decided[0]
            assert result.process is not None
            if not jail.is_gone(result.process):
                return
            self._decided.popleft()
            ended = jail.exit_of(result.process)
            result.peak, result.seconds = ended.peak, ended.seconds
            if result.gone:
                result.kind, result.reason = how_it_ended(ended)
                result.again = why_again(ended)
            self._send(result)

    def _send(self, result: SampleResult) -> None:
        message = {
            "job": result.job,
            "kind": result.kind,
            "reason": result.reason,
            "seconds": result.seconds,
            "cases": result.cases,
            "behaviour": result.behaviour,
            "peak": result.peak,
            "again": result.again,
        }
        self._channel.sendall(pack(message))


def leave_with_pool(descriptor: int) -> None:
    """End this process when the pool's end of a pipe is closed, whatever the main thread is doing."""

    def wait() -> None:
        with contextlib.suppress(OSError):
            os.read(descriptor, 1)
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def main(descriptor: int) -> None:
    """Judge for the pool at the other end of ``descriptor``; standard input ends when the pool does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    kernel.prefer_to_kill(OOM_SCORE)
    leave_with_pool(0)
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    if hard == resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_AS, (JUDGE_BYTES, hard))
    sys.set_int_max_str_digits(INTEGER_DIGITS)
    Judge(socket.socket(fileno=descriptor)).run()
    os._exit(0)
