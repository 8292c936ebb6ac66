"""The command line: one file a verb; each parses, calls the library, and shows what came back."""

from passgap.cli.app import main

__all__ = ["main"]
