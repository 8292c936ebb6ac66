"""Describes a toolchain to a worker: every command complete, every limit a number."""

from __future__ import annotations

import functools
from dataclasses import asdict, replace
from typing import Any

from passgap.execution.toolchains.environments import found_environment
from passgap.execution.toolchains.finding import FoundToolchain, found_toolchain
from passgap.execution.worker.drivers import DRIVERS
from passgap.languages import LANGUAGES, Toolchain, expanded
from passgap.records import ExecutionJob, KeptTree, RepositoryTests, ScriptTests, environment_of

MIB = 1 << 20
BASE_ENVIRONMENT = (("PATH", "/usr/bin:/bin"), ("HOME", "/tmp"), ("TMPDIR", "/tmp"), ("LANG", "C.UTF-8"))  # noqa: S108
HEAP_SHARE = 0.75
"""The share of a memory limit that a managed heap may take; the rest is for the runtime itself."""


LARGE_SCRATCH = 256 * MIB
"""The scratch folder of a run in an environment, and the step by which it grows with the repository's size."""
SCRATCH_FILES = 8192
"""The files that a run's scratch folder has room for."""


def toolchain_of(job: ExecutionJob) -> FoundToolchain:
    """Return what a job is run by: the toolchain of its language, or the environment that its tests name.

    Raises:
        MissingToolchain: it is not on this machine.
    """
    environment = environment_of(job.tests)
    return found_toolchain(job.language) if environment is None else found_environment(job.language, environment)


def toolchain_message(found: FoundToolchain, job: ExecutionJob) -> dict[str, Any]:
    """Return what a worker has to know to build and run a job's program.

    Raises:
        MissingToolchain: the toolchain cannot be prepared.
    """
    toolchain = _with_own_commands(found.toolchain, job)
    memory = job.limits.memory_bytes // MIB
    values: dict[str, str | tuple[str, ...]] = {
        "file": toolchain.file,
        **found.values,
        "memory": str(memory),
        "heap": str(int(HEAP_SHARE * memory)),
    }
    values["optimise"] = toolchain.optimise if job.tests.style == "stdio" else ()
    values |= LANGUAGES[found.language].command_values(job.program)
    if (environment := environment_of(job.tests)) is not None:
        started = ("{python}", "-s", "-B", "-c")
        values |= {name: (*started, text) for name, text in DRIVERS.items()}
    server = toolchain.server
    quick = toolchain.build if toolchain.quick and job.tests.style == "stdio" else ()
    return {
        **_parts_of(found.language, environment, _room(job)),
        "file": values["file"],
        "build": [expanded(command, values) for command in toolchain.build],
        "quick": [expanded(command, {**values, "optimise": toolchain.quick}) for command in quick],
        "run": expanded(toolchain.run, values),
        "artefacts": expanded(toolchain.artefacts, values),
        "server": None if server is None else {**asdict(server), "command": expanded(server.command, values)},
        "build_environment": _environment(toolchain.build_environment, values),
        "run_environment": _environment(toolchain.run_environment, values),
    }


def _with_own_commands(toolchain: Toolchain, job: ExecutionJob) -> Toolchain:
    """The toolchain with the commands that a job's tests bring, where they bring any."""
    tests = job.tests
    if isinstance(tests, ScriptTests):
        return replace(toolchain, run=("{script}",))
    if not isinstance(tests, RepositoryTests):
        return toolchain
    return replace(toolchain, build=tests.build, run=tests.command, artefacts=tests.artefacts, server=None)


@functools.cache
def _parts_of(language: str, environment: str | None, room: tuple[tuple[str, int], ...]) -> dict[str, Any]:
    """The parts that are the same for every program of a language, or in an environment."""
    found = found_toolchain(language) if environment is None else found_environment(language, environment)
    toolchain = found.toolchain
    limits = toolchain.limits
    everything = found.binds(toolchain.build_binds, found.tools, cache=True)
    return {
        "language": found.language,
        "version": found.version,
        "beside": dict(toolchain.beside),
        "build_jail": {"binds": everything, "scratch_bytes": limits.scratch_bytes},
        "run_jail": {
            "binds": found.binds(toolchain.run_binds, toolchain.runtime, cache=toolchain.runs_with_cache),
            "libraries_alone": environment is None,
            **dict(room),
        },
        "limits": asdict(limits),
        "reserved_bytes": toolchain.reserved_bytes,
        "out_of_memory": list(toolchain.out_of_memory),
    }


def _room(job: ExecutionJob) -> tuple[tuple[str, int], ...]:
    """The size of the scratch folder of a run, where the language's own would not do."""
    if environment_of(job.tests) is None:
        return ()
    tree = job.tests.tree if isinstance(job.tests, RepositoryTests) else None
    size, count = (tree.size, tree.count) if isinstance(tree, KeptTree) else (0, 0)
    steps = 1 + 2 * size // LARGE_SCRATCH
    return (
        ("scratch_bytes", steps * LARGE_SCRATCH),
        ("scratch_files", SCRATCH_FILES * (1 + 2 * count // SCRATCH_FILES)),
    )


def _environment(declared: tuple[tuple[str, str], ...], values: dict[str, str | tuple[str, ...]]) -> dict[str, str]:
    return dict(BASE_ENVIRONMENT) | {name: expanded((value,), values)[0] for name, value in declared}


def memory_needed(message: dict[str, Any], limits_memory: int) -> int:
    """Return the bytes that a job's processes may hold together at once: a run, or a build, and a server beside it."""
    server = message["server"]
    return max(limits_memory, int(message["limits"]["memory_bytes"])) + (server["memory_bytes"] if server else 0)
