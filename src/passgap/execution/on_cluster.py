"""Sandboxes on the machines of a Ray cluster, which is an extra."""

from __future__ import annotations

from importlib import import_module

from passgap.errors import ExecutionError
from passgap.ports import Executor
from passgap.spec import ClusterSection


def open_on_cluster(settings: ClusterSection) -> Executor:
    """Open sandboxes on a Ray cluster; Ray is imported when this is called.

    Raises:
        ExecutionError: Ray is not installed.
    """
    try:
        module = import_module("passgap.execution.ray")
    except ImportError as error:
        raise ExecutionError(
            f"a study with a `cluster` needs a library that is not installed: {error.name}",
            ["Install the extra that brings it: `pip install 'passgap[ray]'`."],
        ) from error
    opened: Executor = module.RayExecutor(settings)
    return opened
