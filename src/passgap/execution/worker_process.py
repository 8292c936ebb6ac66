"""One worker as its pool sees it: a judge's process, the jobs that it holds, and how to end it."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import time
from collections import OrderedDict
from typing import Any

from passgap.errors import ExecutionError
from passgap.execution.control_group import ControlGroup
from passgap.execution.harnessing import harnessed
from passgap.execution.selection import Selection
from passgap.execution.toolchains import toolchain_message, toolchain_of
from passgap.execution.toolchains.message import memory_needed
from passgap.execution.worker.current_job import NONE, CurrentJob
from passgap.execution.worker.exchange.frames import REQUEST_BYTES, Frames, from_json, pack
from passgap.execution.worker.processes.boot import command
from passgap.execution.worker.processes.deadline import OWN_SHARE, clock_seconds
from passgap.records import ExecutionJob

START_SECONDS = 90.0
CLOSING_SECONDS = 15.0
PATIENCE_SECONDS = 20.0
"""Seconds beyond a job's time limit that a judge may be silent before it counts as lost."""
BUILDS = 2
"""A program is built at most so often: by a server, and by a fresh one where that fails."""
PLANS_KEPT = 512
"""The number of problems whose tests a judge keeps ready."""
PLANS_BYTES = 256 << 20
"""The bytes of tests, as JSON, that a judge keeps ready; those of one problem may be more."""
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": "/", "PYTHONHASHSEED": "0"}
"""The judge's environment: nothing of the caller's."""


class WorkerLost(Exception):  # noqa: N818 - an event, not an error
    """The worker's process ended, or does not answer any more."""


class Assignment:
    """A job on its way through the pool, and the runner that takes it."""

    def __init__(self, number: int, job: ExecutionJob, selection: Selection) -> None:
        self.number = number
        self.job = harnessed(job)
        """The source that is run: with the calls of its tests, where these are in the program's own language."""
        self.runner = selection.runner
        self.toolchain = selection.toolchain
        self.commands: dict[str, Any] | None = None
        """The toolchain as the worker is told about it, where it takes commands."""
        if self.toolchain.needs_commands:
            self.commands = toolchain_message(toolchain_of(job), self.job)
        self.attempts = 0
        self.alone = False
        """Whether other work kept it from a processor before, so that it is run alone now."""

    @property
    def memory_bytes(self) -> int:
        """The bytes that its processes may hold together."""
        memory = self.job.limits.memory_bytes
        return memory if self.commands is None else memory_needed(self.commands, memory)


class Worker:
    """A judge with its jail; it takes jobs once :meth:`await_ready` has returned."""

    def __init__(self, config: dict[str, Any], group: ControlGroup | None) -> None:
        self._group = group
        self._channel, theirs = socket.socketpair()
        self._current_job = CurrentJob(os.memfd_create("passgap"))
        self._current_job.set(NONE)
        lifeline, self._lifeline = os.pipe()
        self._process = subprocess.Popen(  # noqa: S603 - passgap's own interpreter
            command("judge", theirs.fileno(), site=True),
            pass_fds=[theirs.fileno(), self._current_job.descriptor],
            env=ENVIRONMENT,
            stdin=lifeline,
            stdout=subprocess.DEVNULL,
            stderr=None if config["verbose"] else subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(lifeline)
        theirs.close()
        self._frames = Frames(self._channel.recv, REQUEST_BYTES)
        self.held: OrderedDict[int, Assignment] = OrderedDict()
        self._plans: dict[int, int] = {}
        """The tests that the judge has read: their bytes by their numbers."""
        self._heard = time.monotonic()
        cgroup = group.entries if group else []
        self._channel.sendall(pack({**config, "cgroup": cgroup, "current_job": self._current_job.descriptor}))
        self.protections: dict[str, Any] = {}
        """The protections that the jail reported, once the worker is ready."""

    def await_ready(self) -> None:
        """Wait until the worker can take jobs.

        Raises:
            ExecutionError: the jail cannot be set up on this machine.
        """
        self._channel.settimeout(START_SECONDS)
        try:
            answer = self.read()
        except (WorkerLost, TimeoutError):
            raise ExecutionError("the sandbox could not be started", ["its process ended or hung at once"]) from None
        if "refused" in answer:
            raise ExecutionError(
                "the sandbox cannot be set up on this machine",
                [f"{answer['refused']}. `passgap doctor` says which protections this machine offers and what to do"],
            )
        self._channel.settimeout(None)
        self.protections = answer["ready"]

    def fileno(self) -> int:
        return self._channel.fileno()

    @property
    def began(self) -> int:
        """The job on which the judge began last; negative before the first."""
        return self._current_job.number

    def assign(self, assignment: Assignment, number: int, tests: str) -> None:
        """Give a job to the judge, which knows its tests by ``number``; their text is sent only once.

        Raises:
            WorkerLost: the judge is gone.
        """
        job = assignment.job
        if not self.held:
            self._heard = time.monotonic()
        self.held[assignment.number] = assignment
        if self._group is not None:
            self._group.allow(assignment.memory_bytes)
        message = {
            "job": assignment.number,
            "runner": assignment.runner.name,
            "program": job.program,
            "files": job.files,
            "toolchain": assignment.commands,
            "plan": number,
            "limits": job.limits.model_dump(),
        }
        if number not in self._plans:
            if len(self._plans) >= PLANS_KEPT or sum(self._plans.values()) + len(tests) > PLANS_BYTES:
                self._plans.clear()
            message |= {"tests": tests, "entry_point": job.entry_point, "forget": not self._plans}
            self._plans[number] = len(tests)
        try:
            self._channel.sendall(pack(message))
        except OSError as error:
            raise WorkerLost from error

    def read(self) -> dict[str, Any]:
        """Read the judge's next message.

        Raises:
            WorkerLost: the judge is gone.
        """
        body = self._frames.read()
        if body is None:
            raise WorkerLost
        self._heard = time.monotonic()
        message: dict[str, Any] = from_json(body)
        return message

    def more(self) -> bool:
        """Whether another message can be read without waiting."""
        return self._frames.waiting()

    def overdue(self) -> bool:
        """Whether the judge has been silent for longer than any of its jobs explains."""
        if not self.held or time.monotonic() - self._heard <= PATIENCE_SECONDS:
            return False
        allowed = max(_seconds(assignment) for assignment in self.held.values())
        return time.monotonic() - self._heard > 2 * allowed + PATIENCE_SECONDS

    def kill(self) -> None:
        """End the worker and everything in its jail at once, and wait for it."""
        self._process.kill()
        self.close()

    def close(self) -> None:
        """Hang up, and wait until nothing is left of the worker."""
        self._channel.close()
        try:
            self._process.wait(CLOSING_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        with contextlib.suppress(OSError):
            os.close(self._lifeline)
            self._current_job.close()
        if self._group is not None:
            self._group.remove()


def _seconds(assignment: Assignment) -> float:
    """Return how long, in seconds by the clock, a judge may be busy with a job."""
    longest = clock_seconds(assignment.job.limits.seconds)
    if assignment.commands is not None:
        longest += BUILDS * clock_seconds(assignment.commands["limits"]["seconds"])
    if assignment.runner.limits_each_case:
        return longest * getattr(assignment.job.tests, "count", 1)
    return longest * (1 + OWN_SHARE)
