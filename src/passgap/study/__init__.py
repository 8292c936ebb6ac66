"""The whole workflow: the order of the steps and the pre-registration lock. The only part that knows all the others.

Its names are imported when they are first used: to check a study takes none of what it takes to measure one.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from passgap.study.checking import Checked, check_study
    from passgap.study.services import Services
    from passgap.study.study import Study

__all__ = ["Checked", "Services", "Study", "check_study"]

_HOMES = {
    "Checked": "passgap.study.checking",
    "Study": "passgap.study.study",
    "Services": "passgap.study.services",
    "check_study": "passgap.study.checking",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
