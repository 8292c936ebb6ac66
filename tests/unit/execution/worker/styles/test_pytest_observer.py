"""Pytest is run on the judge's machine, and looks at nothing but the folder of the tests."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

RUN = """
import sys, tempfile
tempfile.tempdir = sys.argv[1]
from passgap.execution.worker.styles.pytest_observer import warm_pytest
warm_pytest()
assert "pytest" in sys.modules
"""


def test_nothing_that_lies_beside_the_folder_of_the_tests_is_executed(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(f"open({str(tmp_path / 'executed')!r}, 'w')\n")
    path = os.pathsep.join(filter(None, sys.path))
    environment = {**os.environ, "PYTHONPATH": path, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    subprocess.run([sys.executable, "-c", RUN, str(tmp_path)], check=True, env=environment)
    assert not (tmp_path / "executed").exists()
