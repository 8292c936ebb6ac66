"""Task sets that can be named in a study, one module per set."""

from passgap.registry import Registry
from passgap.tasks.sources.base import FileUse, Source

SOURCES = Registry[Source](
    package="passgap.tasks.sources", attribute="SOURCE", group="passgap.task_sources", noun="task set"
)

__all__ = ["SOURCES", "FileUse", "Source"]
