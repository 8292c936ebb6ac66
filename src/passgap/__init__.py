"""Decides, from measurements, whether simple self-distillation is the right next move for a code model.

The names below are imported when they are first used, so that ``import passgap`` loads no model library.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from passgap._version import __version__

if TYPE_CHECKING:
    from passgap.decisions import decide_verdict
    from passgap.errors import PassgapError
    from passgap.estimates import compare_all, counts_from_results, estimate_all, estimate_gap, estimate_pass_at_k
    from passgap.execution import SandboxExecutor
    from passgap.logs import read_log
    from passgap.records import Estimate, Insufficient, Problem, Result, Sample
    from passgap.study import Study
    from passgap.study.checking import parse_study
    from passgap.study.track_record import track_record
    from passgap.tasks import load_tasks
    from passgap.wiring import open_study

_HOMES = {
    "Estimate": "passgap.records",
    "Insufficient": "passgap.records",
    "PassgapError": "passgap.errors",
    "Problem": "passgap.records",
    "Result": "passgap.records",
    "Sample": "passgap.records",
    "SandboxExecutor": "passgap.execution",
    "Study": "passgap.study",
    "compare_all": "passgap.estimates",
    "counts_from_results": "passgap.estimates",
    "decide_verdict": "passgap.decisions",
    "estimate_all": "passgap.estimates",
    "estimate_gap": "passgap.estimates",
    "estimate_pass_at_k": "passgap.estimates",
    "load_tasks": "passgap.tasks",
    "open_study": "passgap.wiring",
    "parse_study": "passgap.study.checking",
    "read_log": "passgap.logs",
    "track_record": "passgap.study.track_record",
}

__all__ = [
    "Estimate",
    "Insufficient",
    "PassgapError",
    "Problem",
    "Result",
    "Sample",
    "SandboxExecutor",
    "Study",
    "__version__",
    "compare_all",
    "counts_from_results",
    "decide_verdict",
    "estimate_all",
    "estimate_gap",
    "estimate_pass_at_k",
    "load_tasks",
    "open_study",
    "parse_study",
    "read_log",
    "track_record",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'passgap' has no attribute {name!r}")
