"""Importing passgap changes nothing of the process: neither its environment nor the level of any logger."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

CHANGES = """
import importlib, json, logging, os, pkgutil, sys

import passgap

names = [
    found.name
    for found in pkgutil.walk_packages(passgap.__path__, "passgap.")
    if not found.name.endswith(".__main__")
]
environment = dict(os.environ)

def import_all():
    missing = []
    for name in names:
        try:
            importlib.import_module(name)
        except ImportError as error:
            missing.append([name, error.name])
    return missing

# Once for the libraries, which may do what they like; then passgap alone, in the environment as it was.
missing = import_all()
for name in [name for name in sys.modules if name.partition(".")[0] == "passgap"]:
    del sys.modules[name]
os.environ.clear()
os.environ.update(environment)
loggers = [logging.getLogger(), *(each for each in logging.Logger.manager.loggerDict.values())]
for logger in loggers:
    if isinstance(logger, logging.Logger):
        logger.setLevel(logging.NOTSET)
assert import_all() == missing
levels = {
    each.name: each.level
    for each in [logging.getLogger(), *logging.Logger.manager.loggerDict.values()]
    if isinstance(each, logging.Logger) and each.level != logging.NOTSET
}
changed = {name for name in {*os.environ, *environment} if os.environ.get(name) != environment.get(name)}
print(json.dumps({"modules": len(names), "missing": missing, "levels": levels, "environment": sorted(changed)}))
"""


@pytest.mark.slow
def test_importing_every_module_changes_neither_the_environment_nor_a_log_level() -> None:
    ran = subprocess.run([sys.executable, "-W", "ignore", "-c", CHANGES], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    seen = json.loads(ran.stdout.splitlines()[-1])
    assert seen["modules"] > 100
    assert [library for _, library in seen["missing"] if str(library).partition(".")[0] == "passgap"] == []
    assert (seen["levels"], seen["environment"]) == ({}, [])
