"""Results of other harnesses, read without options: which one wrote a file is detected by its content (R2)."""

from passgap.logs.detect import read_log
from passgap.logs.imported import ImportedLog, LogFormat
from passgap.logs.programs import program_digest

__all__ = ["ImportedLog", "LogFormat", "program_digest", "read_log"]
