"""Experiment trackers that a study's results are written to, each by its own client, one file per tracker.

None is imported before it is used, and none can stop a study.
"""

from __future__ import annotations

from passgap.registry import Registry
from passgap.tracking.base import Sink

SINKS: Registry[Sink] = Registry(
    package="passgap.tracking", attribute="SINK", group="passgap.sinks", noun="experiment tracker"
)
"""The trackers by the name that ``tracking`` in ``study.yaml`` gives them; other distributions add theirs under the
entry-point group ``passgap.sinks``."""

__all__ = ["SINKS", "Sink"]
