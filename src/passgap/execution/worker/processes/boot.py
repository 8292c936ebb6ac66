"""Command lines of fresh interpreters that run a module of this package: a judge, or a zygote."""

from __future__ import annotations

import os
import sys
from pathlib import Path

BOOT = """
import importlib.util, sys
name, folder, descriptor = sys.argv[1:4]
spec = importlib.util.spec_from_file_location(name, folder + "/__init__.py", submodule_search_locations=[folder])
sys.modules[name] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(sys.modules[name])
importlib.import_module(name + "." + sys.argv[4]).main(int(descriptor))
"""
"""Loads the package that this module belongs to, with nothing else on the path, and runs one of its modules."""
PACKAGE = "passgap_worker"


def command(module: str, descriptor: int, *, site: bool) -> list[str]:
    """Return the command line of a fresh interpreter that runs one of this package's modules.

    The interpreter is isolated but for its environment, which is given with the command: ``-I`` would ignore the seed
    of string hashes there, and programs that depend on the order of a set would have another outcome in each worker.
    """
    flags = ["-s", "-P"] if site else ["-s", "-P", "-S"]
    executable = sys.executable if site else os.path.realpath(getattr(sys, "_base_executable", sys.executable))
    folder = str(Path(__file__).resolve().parents[1])
    return [executable, *flags, "-c", BOOT, PACKAGE, folder, str(descriptor), module]
