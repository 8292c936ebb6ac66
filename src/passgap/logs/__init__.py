"""Results of other harnesses, read without options: which one wrote a file is detected by its content (R2)."""

from passgap.logs.imported import ImportedLog, LogFormat
from passgap.logs.program_digest import program_digest
from passgap.logs.reading import read_log

__all__ = ["ImportedLog", "LogFormat", "program_digest", "read_log"]
