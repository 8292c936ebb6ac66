"""The sandbox: runs untrusted programs, and decides outside their reach whether their tests pass.

Its names are imported when they are first used: to look for a toolchain takes none of what it takes to run programs.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from passgap.execution.doctor import Protection, examine
    from passgap.execution.on_cluster import open_on_cluster
    from passgap.execution.pool import SandboxExecutor, UnprotectedExecutor
    from passgap.execution.proofs import ToolchainProof, examine_toolchains
    from passgap.execution.toolchains import refuse_missing

_HOMES = {
    "Protection": "passgap.execution.doctor",
    "SandboxExecutor": "passgap.execution.pool",
    "ToolchainProof": "passgap.execution.proofs",
    "UnprotectedExecutor": "passgap.execution.pool",
    "examine": "passgap.execution.doctor",
    "examine_toolchains": "passgap.execution.proofs",
    "open_on_cluster": "passgap.execution.on_cluster",
    "refuse_missing": "passgap.execution.toolchains",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "Protection",
    "SandboxExecutor",
    "ToolchainProof",
    "UnprotectedExecutor",
    "examine",
    "examine_toolchains",
    "open_on_cluster",
    "refuse_missing",
]
