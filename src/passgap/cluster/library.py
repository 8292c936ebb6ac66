"""Ray itself, imported when workers are started."""

from __future__ import annotations

import logging
import os
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from passgap.errors import PassgapError
from passgap.lazy_imports import needed_for

Fault = type[PassgapError]


def require_ray(fault: Fault) -> None:
    """Make sure that Ray is installed, without importing it.

    Raises:
        PassgapError: of type ``fault``: it is not.
    """
    with needed_for("a study with a `cluster`", "passgap[ray]", fault):
        if find_spec("ray") is None:
            raise ModuleNotFoundError("No module named 'ray'", name="ray")


def load_ray() -> Any:
    """Import Ray, without its telemetry and its log.

    Raises:
        ImportError: Ray is not installed.
    """
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ.setdefault("RAY_worker_niceness", "0")  # workers started here are as urgent as what waits for them
    os.environ["RAY_ENABLE_AUTO_CONNECT"] = "0"  # a call after the cluster was lost must not start another one
    import_module("ray.exceptions")
    logging.getLogger("ray").setLevel(logging.CRITICAL)  # a failure's message is in the error that it becomes
    return import_module("ray")
