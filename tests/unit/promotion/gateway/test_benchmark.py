"""The benchmark of the gateway, run for moments: it measures every server that it names, and says what it ran."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from passgap._version import __version__

BENCHMARK = Path(__file__).parents[4] / "benchmarks" / "gateway.py"


@pytest.mark.slow
def test_the_benchmark_says_what_it_takes_to_repeat_it() -> None:
    command = [sys.executable, str(BENCHMARK), "--seconds", "0.2", "--rounds", "1"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "gateway.py --seconds 0.2 --rounds 1" in said
    assert f"passgap {__version__}" in said and re.search(r"uvicorn \d+\.\d+", said) and " cores" in said
    assert re.search(r"load average \d", said) and "cpu us/request" in said
    for server in ("direct", "passgap", "passgap, mirrored"):
        rows = [line.split() for line in said.splitlines() if re.match(rf"{server} +(document|stream)", line)]
        assert len(rows) == 4, "documents and streams, at 16 and 64 connections"
        assert all(row[-1] == "0" for row in rows), "no call failed"
