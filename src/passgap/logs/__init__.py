"""Results of other harnesses, read without options: the content of a file says which harness wrote it."""

from passgap.logs.formats import FORMATS, LogFormat
from passgap.logs.imported import ImportedLog
from passgap.logs.log_reader import read_log
from passgap.logs.program_digest import program_digest

__all__ = ["FORMATS", "ImportedLog", "LogFormat", "program_digest", "read_log"]
