"""Every verb; importing this module gives the program its commands."""

from passgap.cli import check, demo, execute, init, report, run, steps

__all__ = ["check", "demo", "execute", "init", "report", "run", "steps"]
