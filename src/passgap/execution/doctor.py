"""Finds out which protections hold on this machine, by starting the jail and trying them from inside."""

from __future__ import annotations

from typing import Any

from passgap.errors import ExecutionError
from passgap.execution.pool import SandboxExecutor
from passgap.execution.worker.inside.zygote import ENVIRONMENT
from passgap.execution.worker.processes import process_tree
from passgap.records import AssertTests, ExecutionJob, Limits, Record

PROBE = """
import os, socket

def holds(attempt):
    try:
        attempt()
    except (OSError, PermissionError):
        return True
    return False

def network():
    return holds(lambda: socket.create_connection(("127.0.0.1", 9), 1)) and holds(lambda: socket.socket(socket.AF_INET))

def files():
    return all(holds(lambda path=path: open(path + "/probe", "w")) for path in ("/", "/usr/lib", "/etc", "/dev"))

def processes():
    return os.getpid() == 1 and holds(lambda: os.kill(2, 0))

def privileges():
    lines = open("/proc/self/status").read().split("\\n") if os.path.exists("/proc/self/status") else []
    facts = dict(line.split(":\\t", 1) for line in lines if ":\\t" in line)
    return os.getuid() != 0 and facts.get("CapEff", "0").strip("0") == "" and facts.get("NoNewPrivs", "1") == "1"

def environment():
    return not set(os.environ) - {ENVIRONMENT}
"""


class Protection(Record):
    """A protection, and whether it holds here."""

    name: str
    holds: bool
    required: bool
    """Whether the sandbox refuses to run without it."""
    detail: str


def examine() -> tuple[Protection, ...]:
    """Start the jail once and report which protections hold; a missing one never raises."""
    try:
        with SandboxExecutor(workers=1) as executor:
            found = executor.protections
            seen = _probe(executor)
    except ExecutionError as error:
        reason = "; ".join(error.problems) or error.summary
        advice = "user namespaces must be allowed (sysctl kernel.unprivileged_userns_clone, AppArmor, container policy)"
        return (Protection(name="jail", holds=False, required=True, detail=f"cannot be set up: {reason}; {advice}"),)
    return (*_required(seen), *_optional(found))


def _probe(executor: SandboxExecutor) -> dict[str, bool]:
    names = ("network", "files", "processes", "privileges", "environment")
    job = ExecutionJob(
        key="probe",
        program=PROBE.replace("{ENVIRONMENT}", repr(set(ENVIRONMENT) | {"LC_CTYPE"})),
        tests=AssertTests(statements=tuple(f"assert {name}() is True" for name in names)),
        limits=Limits(seconds=30.0),
    )
    (result,) = executor.run([job])
    cases = result.outcome.cases or ""
    return {name: case == "P" for name, case in zip(names, cases.ljust(len(names), "?"), strict=True)}


def _required(seen: dict[str, bool]) -> list[Protection]:
    details = {
        "network": "no address can be reached, this machine's own included",
        "files": "only the interpreter and system libraries of the host can be seen, and nothing can be written",
        "processes": "no process outside a sample's own can be seen, signalled or traced",
        "privileges": "no root inside, no capability, no new privileges",
        "environment": "no variable of the caller's environment reaches a program",
    }
    return [Protection(name=name, holds=seen[name], required=True, detail=text) for name, text in details.items()]


def _optional(found: dict[str, Any]) -> list[Protection]:
    version = found["landlock"]
    return [
        Protection(
            name="seccomp",
            holds=found["seccomp"],
            required=False,
            detail="system calls that no program needs are refused" if found["seccomp"] else "unknown architecture",
        ),
        Protection(
            name="landlock",
            holds=version > 0,
            required=False,
            detail=f"interface version {version}" if version else "the kernel offers none; mounts and permissions hold",
        ),
        Protection(
            name="process-view",
            holds=found["process_view"] != "none",
            required=False,
            detail={
                "pids": "/proc shows a sample's own processes and nothing else",
                "masked": "/proc shows a sample's own processes, the rest is covered",
                "none": "/proc is empty for programs",
            }[found["process_view"]],
        ),
        Protection(
            name="process-watch",
            holds=process_tree.can_see_children(),
            required=False,
            detail="the memory and processor time of all a sample's processes together are looked at every 50 ms"
            if process_tree.can_see_children()
            else "this kernel lists no children (CONFIG_PROC_CHILDREN): only a sample's first process is watched",
        ),
        Protection(
            name="memory-group",
            holds=found["cgroup"],
            required=False,
            detail="the kernel bounds the memory of all a sample's processes together"
            if found["cgroup"]
            else "no control group may be made; between two looks a sample's processes may exceed their limit together",
        ),
    ]
