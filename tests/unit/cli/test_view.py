"""``passgap view`` says where it serves, serves it, and ends with Ctrl-C."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

from command_line import invoke
from passgap.report import write_reports
from passgap.report.explorer import Explorer
from passgap.testing.report_section_contract import small_report


def test_it_serves_until_it_is_interrupted(tmp_path: Path) -> None:
    write_reports(small_report(), tmp_path, Explorer("a study", (), ()))
    command = [sys.executable, "-m", "passgap", "view", str(tmp_path), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as serving:
        assert serving.stdout is not None
        said = "".join(iter(serving.stdout.readline, "}\n")) + "}"
        address = json.loads(said)["address"]
        with urllib.request.urlopen(address) as answer:
            assert answer.read() == (tmp_path / "report.html").read_bytes()
        serving.send_signal(signal.SIGINT)
        assert serving.wait() == 0


def test_without_a_report_it_says_how_to_write_one(tmp_path: Path) -> None:
    refused = invoke("view", str(tmp_path))
    assert refused.code == 2 and "passgap report STUDY" in refused.stderr
