"""How programs are run and judged: one module per runner, found by its constant ``RUNNER``."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

from .base import Runner


def _found() -> dict[str, Runner[Any, Any]]:
    names = sorted(info.name for info in pkgutil.iter_modules(__path__) if info.name != "base")
    runners = [importlib.import_module(f"{__name__}.{name}").RUNNER for name in names]
    return {runner.name: runner for runner in runners}


RUNNERS = _found()
"""Every runner by its name."""
