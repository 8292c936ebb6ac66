"""The formats that are read, one module each; distributions may add others under ``passgap.log_formats``."""

from passgap.logs.formats.base import LogFormat
from passgap.registry import Registry

FORMATS: Registry[LogFormat] = Registry(
    package="passgap.logs.formats", attribute="FORMAT", group="passgap.log_formats", noun="log format"
)
"""Every format by its name."""

__all__ = ["FORMATS", "LogFormat"]
