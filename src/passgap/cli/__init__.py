"""The command line: one file per verb, which parses its arguments, calls the library and shows the result."""

from passgap.cli.entry_point import main

__all__ = ["main"]
