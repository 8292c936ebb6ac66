"""Builds programs and runs what was built, by the commands of a toolchain.

A runner is given :class:`Commands` for each job::

    built = commands.build(commands.sources(job))
    if built.artefact is None:
        ...                       # built.kind and built.reason are the sample's outcome
    run = commands.run(built.artefact, stdin, output_bytes=..., seconds=..., clock=..., answers=...)

Each build and each run is a process of its own, in one of two jails: that of builds has the compiler, that of runs has
shared libraries and what the language's programs need to start. Nothing that a build writes is seen by another one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .artefact import Artefact, artefact_of, checked_entries
from .build_run import Built, does_not_compile, judged, run_build
from .command_run import Command, run_command
from .compile_server import REFUSED, CompileServer, ServerFailed, servers_key
from .jail import Jail
from .process_end import why_again
from .stdio_run import StdioRun
from .watch import Watch

NEAR_LIMIT = 0.75
"""The share of its memory limit beyond which a program that a signal ended is taken to have reached it: managed heaps
have so much."""
SERVER_ADDRESS_SPACE = 16 << 30
"""Bytes: what a server holds is limited, not what it maps."""


class CommandJails:
    """The jails and compile servers of one judge, started as they are needed.

    Args:
        config: of the pool.
        watch: enforces limits on the process that runs.
    """

    def __init__(self, config: dict[str, Any], watch: Watch) -> None:
        self._config = config
        self._watch = watch
        self._jails: dict[str, Jail] = {}
        self._servers: dict[str, CompileServer] = {}

    def commands(self, job: dict[str, Any]) -> Commands:
        """Return what builds and runs the programs of a job."""
        return Commands(self, job["toolchain"], job["limits"])

    def jail(self, settings: dict[str, Any]) -> Jail:
        """Return the jail with some settings; languages that need the same share it."""
        key = json.dumps(settings, sort_keys=True)
        if key not in self._jails:
            self._jails[key] = Jail(
                {**self._config, "packages": [], "preload": [], "commands": True, **settings}, self._watch
            )
        return self._jails[key]

    def server(self, toolchain: dict[str, Any], command: Command) -> CompileServer:
        """Return the server of a toolchain, a fresh one after so many compilations."""
        key = servers_key(toolchain)
        server = self._servers.get(key)
        if server is not None and server.compiles >= toolchain["server"]["compiles"]:
            server.end()
            server = None
        if server is None:
            server = self._servers[key] = CompileServer(self.jail(toolchain["build_jail"]), command)
        return server

    def forget(self, toolchain: dict[str, Any]) -> None:
        """Leave a server that has ended."""
        self._servers.pop(servers_key(toolchain), None)

    def close(self) -> None:
        """End the servers and the jails."""
        for server in self._servers.values():
            server.end()
        for jail in self._jails.values():
            jail.close()


class Commands:
    """Builds and runs programs of one language, for one job.

    Args:
        jails: of the judge.
        toolchain: as the pool describes it, with every command complete.
        limits: of the job's runs.
    """

    def __init__(self, jails: CommandJails, toolchain: dict[str, Any], limits: dict[str, Any]) -> None:
        self._jails = jails
        self.toolchain = toolchain
        self.limits = limits

    def apart(self, purpose: str, toolchain: dict[str, Any], limits: dict[str, Any]) -> Commands:
        """Return what builds and runs other programs; a compile server, where there is one, is theirs alone."""
        return Commands(self._jails, {**toolchain, "language": f"{toolchain['language']}, {purpose}"}, limits)

    def sources(self, job: dict[str, Any]) -> dict[str, str]:
        """Return the sources of a job's program by path: it, and the files beside it."""
        return {**job["files"], self.toolchain["file"]: job["program"]}

    def build(self, sources: Mapping[str, str], *, quick: bool = False) -> Built:
        """Build a program; without a compiler, its sources are what is run.

        With ``quick``, by the commands of a toolchain that are quicker and make slower programs. A program that does
        not compile, or whose compilation takes too much, has its outcome in what is returned. It is for the caller to
        close the artefact.

        Raises:
            JailLost: the jail is gone.
        """
        toolchain = {**self.toolchain, "build": self.toolchain["quick"]} if quick else self.toolchain
        if toolchain["server"] is not None:
            return self._serve(sources)
        if not toolchain["build"]:
            return Built(artefact_of(sources))
        limits = toolchain["limits"]
        command = self._command([], toolchain["build_environment"], limits, limits["memory_bytes"])
        jail = self._jails.jail(toolchain["build_jail"])
        return run_build(jail, command, {**toolchain["beside"], **sources}, toolchain)

    def run(
        self,
        artefact: Artefact,
        stdin: bytes,
        *,
        output_bytes: int,
        seconds: float,
        clock: float,
        answers: int = 0,
        over: Mapping[str, str] | None = None,
    ) -> StdioRun:
        """Run what was built, in a folder with nothing else.

        Args:
            artefact: of a build.
            stdin: its standard input.
            output_bytes: the most bytes of standard output that are kept; a run that prints more is ended.
            seconds: the processor time that it may use.
            clock: the seconds that it may take by the clock.
            answers: the same as ``output_bytes`` for descriptor 3, which a run has only where this is not 0.
            over: files that are laid over what was built, by path.

        Raises:
            JailLost: the jail is gone, or lacks the program that is to be started.
        """
        limits = {**self.limits, "seconds": seconds}
        memory = self.limits["memory_bytes"]
        command = self._command(
            self.toolchain["run"],
            self.toolchain["run_environment"],
            limits,
            memory + self.toolchain["reserved_bytes"],
            artefact,
            over,
        )
        jail = self._jails.jail(self.toolchain["run_jail"])
        return run_command(jail, command, stdin, clock, output_bytes, answers)

    def ran_out_of_memory(self, run: StdioRun) -> str:
        """Say that a run which ended badly had reached its memory limit, if it says so itself or was that close to it.

        A program that does not look whether memory was given, as those in C++ may, is ended by a signal there.
        """
        if run.exit.status == 0:
            return ""
        limit = self.limits["memory_bytes"]
        if run.exit.status < 0 and run.exit.peak >= NEAR_LIMIT * limit:
            return f"it was ended with {run.exit.peak >> 20} of {limit >> 20} MiB in use"
        return self.says_out_of_memory(run.errors.decode("utf-8", "replace"))

    def says_out_of_memory(self, text: str) -> str:
        """Say that the words of a program, or the name of what it raised, are those of one without memory."""
        said = [words for words in self.toolchain["out_of_memory"] if words in text]
        return f"it says so itself: {said[0]}" if said else ""

    def _command(
        self,
        arguments: list[str],
        environment: dict[str, str],
        limits: dict[str, Any],
        address_space: int,
        artefact: Artefact | None = None,
        over: Mapping[str, str] | None = None,
    ) -> Command:
        return Command(
            command=arguments,
            environment=environment,
            entries=artefact.entries if artefact is not None else [],
            files=artefact.descriptor if artefact is not None else -1,
            memory=limits["memory_bytes"],
            address_space=address_space,
            processes=limits["processes"],
            file_bytes=limits.get("file_bytes", limits.get("scratch_bytes", 0)),
            seconds=limits["seconds"],
            texts=dict(over or {}),
        )

    def _serve(self, sources: Mapping[str, str]) -> Built:
        """Have a server compile a program; where one that has compiled others fails, a fresh one decides."""
        toolchain, limits = self.toolchain, self.toolchain["limits"]
        settings = {**limits, "memory_bytes": toolchain["server"]["memory_bytes"]}
        command = self._command(
            toolchain["server"]["command"], toolchain["build_environment"], settings, SERVER_ADDRESS_SPACE
        )
        while True:
            server = self._jails.server(toolchain, command)
            try:
                status, messages, files, seconds = server.compile(sources, limits["artefact_bytes"])
            except ServerFailed as failed:
                self._jails.forget(toolchain)
                if server.compiles > 1:
                    continue
                built = judged(None, -1, b"", failed.ended, failed.timed_out, limits)
                if built.kind == "failed":
                    built.reason = does_not_compile(f"the compiler failed: {failed}".encode())
                built.again = why_again(failed.ended)
                built.seconds, built.peak = failed.ended.seconds, failed.ended.peak
                return built
            break
        if status == REFUSED or not files:
            return Built(None, "failed", does_not_compile(messages), seconds)
        built = Built(artefact_of(files), seconds=seconds)
        assert built.artefact is not None
        checked_entries(built.artefact.entries, limits["artefact_bytes"])
        return built
