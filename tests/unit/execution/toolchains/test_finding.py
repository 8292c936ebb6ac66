"""Toolchains are found where they may be, prepared once, and named with what brings them where they are missing."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from passgap.cli import main
from passgap.errors import EXIT_DONE, EXIT_REFUSED, StudyError
from passgap.execution.toolchains import (
    MissingToolchain,
    finding,
    found_toolchain,
    preparing,
    refuse_missing,
    searching,
)
from passgap.languages import Preparation, Tool, expanded
from passgap.records import RunsIn


def write_tool(folder: Path, name: str, says: str, status: int = 0) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    tool = folder / name
    tool.write_text(f'#!/bin/sh\necho "{says}"\nexit {status}\n')
    tool.chmod(0o755)
    return tool


@pytest.fixture
def no_tools(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A machine whose search path has no compilers, and a folder for PASSGAP_TOOLCHAINS."""
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setenv(searching.VARIABLE, str(tmp_path / "tools"))
    monkeypatch.setattr(searching, "DATA_FOLDER", tmp_path / "data")
    monkeypatch.setattr("sys.prefix", str(tmp_path / "prefix"))
    finding._looked_for.cache_clear()
    yield tmp_path / "tools"
    finding._looked_for.cache_clear()


def test_a_tool_is_found_in_the_named_folders_first_and_says_its_version(no_tools: Path) -> None:
    write_tool(no_tools / "bin", "frob", "frob 2.1")
    write_tool(no_tools.parent / "data" / "bin", "frob", "frob 1.0")
    found = searching.find_tool(Tool("frob", levels=1))
    assert found is not None
    assert (found.version, found.path) == ("frob 2.1", str(no_tools / "bin" / "frob"))
    assert found.folder == str(no_tools)


def test_a_tool_that_does_not_start_is_passed_over(no_tools: Path) -> None:
    write_tool(no_tools, "frob", "broken", status=1)
    assert searching.find_tool(Tool("frob")) is None
    write_tool(no_tools.parent / "data" / "lib" / "v1", "frob", "frob 1.0")
    found = searching.find_tool(Tool("frob", places=("lib/*/frob",)))
    assert found is not None and found.version == "frob 1.0" and found.folder is None


def test_a_launcher_says_where_the_tool_is_installed(no_tools: Path) -> None:
    home = no_tools.parent / "homes" / "1.2"
    real = write_tool(home / "bin", "frob", "frob 1.2")
    write_tool(no_tools, "frob", str(home))
    found = searching.find_tool(Tool("frob", home=("home",), executable="bin/frob"))
    assert found is not None and (found.path, found.folder) == (str(real), str(home))


def test_a_missing_toolchain_is_named_with_the_package_that_brings_it(no_tools: Path) -> None:
    with pytest.raises(
        MissingToolchain, match=r"JavaScript programs cannot be run here: node not found\. `apt install"
    ):
        found_toolchain("javascript")
    with pytest.raises(StudyError) as refused:
        refuse_missing([RunsIn("javascript"), RunsIn("python"), RunsIn("typescript")], "the held-out set")
    assert "the held-out set" in refused.value.summary
    assert len(refused.value.problems) == 2 and "typescript@7" in refused.value.problems[1]


def test_score_names_a_missing_toolchain_before_anything_is_run_and_execute_for_each_case(
    no_tools: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    test = {"style": "stdio", "cases": [{"stdin": "", "stdout": "1"}]}
    row = {"id": "p", "prompt": "Print 1.", "tests": test, "language": "javascript", "source": "s"}
    (tmp_path / "p.jsonl").write_text(json.dumps(row) + "\n")
    (tmp_path / "s.jsonl").write_text(json.dumps({"task_id": "p", "solution": "console.log(1)"}) + "\n")
    out = tmp_path / "out.jsonl"
    arguments = ["score", "--tasks", str(tmp_path / "p.jsonl"), str(tmp_path / "s.jsonl"), "--out", str(out)]
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == EXIT_REFUSED and not out.exists()
    assert "apt install nodejs" in capsys.readouterr().err
    (tmp_path / "c.jsonl").write_text(json.dumps({"id": 1, "program": "1", "test": test, "language": "javascript"}))
    with pytest.raises(SystemExit) as left:
        main(["execute", str(tmp_path / "c.jsonl"), "--workers", "1"])
    told = json.loads(capsys.readouterr().out)
    assert left.value.code == EXIT_DONE
    assert told["outcome"] == "unscored" and "apt install nodejs" in told["reason"]


def test_what_a_toolchain_needs_is_prepared_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(preparing.VARIABLE, str(tmp_path / "caches"))
    log = tmp_path / "log"
    tool = tmp_path / "maker"
    tool.write_text(f'#!/bin/sh\necho run >> {log}\ncat "$1" > "$2/made"\n')
    tool.chmod(0o755)
    preparation = Preparation(files=(("source", "text\n"),), commands=(("{maker}", "source", "{cache}"),))
    values: dict[str, str | tuple[str, ...]] = {"maker": str(tool)}
    folder = preparing.prepared("frob", "1.0", preparation, values)
    assert (folder / "made").read_text() == "text\n"
    assert preparing.prepared("frob", "1.0", preparation, values) == folder
    assert preparing.prepared("frob", "1.1", preparation, values) != folder
    assert log.read_text() == "run\nrun\n"


def test_a_preparation_that_fails_says_what_the_command_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(preparing.VARIABLE, str(tmp_path / "caches"))
    tool = write_tool(tmp_path, "maker", "no header there", status=4)
    with pytest.raises(ValueError, match="status 4: no header there"):
        preparing.prepared("frob", "1.0", Preparation(commands=(("{maker}",),)), {"maker": str(tool)})


def test_what_a_virtual_machine_warns_of_is_no_answer_of_a_compile_server(tmp_path: Path) -> None:
    """An archive of another machine, path or version cannot be used, which Java warns of on standard output."""
    try:
        java = found_toolchain("java")
    except MissingToolchain as missing:
        pytest.skip(str(missing))
    assert java.toolchain.server is not None
    (tmp_path / "server.jar").write_bytes((java.cache / "server.jar").read_bytes())
    (tmp_path / "server.jsa").write_bytes((java.cache / "server.jsa").read_bytes())
    values = {**java.values, "java": java.tools["java"].path, "cache": str(tmp_path)}
    command = expanded(java.toolchain.server.command, values)
    ended = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=True)
    assert b"archive" in ended.stderr
    assert ended.stdout == b""
