"""A study at work, as it is seen in a real terminal and in its log."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from passgap.cli.live_view import LiveView, _Task
from passgap.store.run_log import LOG_FILE, RunLog
from passgap.study.budget import spent_hours
from passgap.study.checking import parse_study
from passgap.testing.scripted_study import open_scripted_study, study_text
from terminals import running

WORK = """
import sys
from pathlib import Path
from types import SimpleNamespace
from passgap.cli.live_view import LiveView
from passgap.study.checking import parse_study

folder = Path(sys.argv[1])
study = SimpleNamespace(declared=parse_study(Path(sys.argv[2]).read_text()).spec, folder=SimpleNamespace(path=folder))
view = LiveView()
view.about(study, lambda: 0.25)
view.note("arithmetic: \\x1b[2J on a CPU")
with view.task("running base-heldout", 40, done=8) as advance:
    for number in range(20):
        view.scored("base-heldout", number % 4, 4)
        advance(1)
    if sys.stderr.isatty():
        input()
"""


@pytest.fixture
def script(tmp_path: Path) -> list[str]:
    (tmp_path / "work.py").write_text(WORK)
    (tmp_path / "study").mkdir()
    (tmp_path / "study.yaml").write_text(study_text({}))
    return [sys.executable, str(tmp_path / "work.py"), str(tmp_path / "study"), str(tmp_path / "study.yaml")]


def events(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / LOG_FILE).read_text().splitlines()]


def test_the_view_shows_task_speed_time_left_money_and_first_estimates(script: list[str], tmp_path: Path) -> None:
    with running(script, columns=110) as terminal:
        terminal.wait_for("28/40 samples")
        terminal.wait_for("on 20 problems")
        shown = terminal.screen
        terminal.type("\n")
        assert terminal.end() == 0
    assert "running base-heldout" in shown and "/s" in shown and " left" in shown
    assert "spent so far: 0.25 of 3 device-hours, 0.25 of 3.00 USD" in shown
    assert "base-heldout so far: pass@1 37.5 % [" in shown and "gap@4" in shown
    assert "on 20 problems; 95 % intervals that hold at every look" in shown
    assert "\\x1b[2J" in shown  # a note does not steer the terminal
    assert max(len(line) for line in shown.splitlines()) <= 110
    assert [each["event"] for each in events(tmp_path / "study")][-1] == "end"


def test_in_forty_columns_the_task_takes_two_lines_and_none_is_cut(script: list[str]) -> None:
    with running(script, columns=40) as terminal:
        terminal.wait_for("28/40 samples")
        terminal.wait_for("on 20 problems")
        shown = terminal.screen.splitlines()
        terminal.type("\n")
        assert terminal.end() == 0
    first = next(number for number, line in enumerate(shown) if "\u2501" in line)
    assert shown[first].startswith("running base-heldout ") and shown[first + 1].startswith("  28/40 samples ")
    assert "/s " in shown[first + 1] and shown[first + 1].endswith("left")
    assert max(map(len, shown)) <= 40


def test_no_time_left_is_told_before_a_tenth_is_done() -> None:
    task = _Task("sampling", 75, 0, "samples")
    lefts = []
    for done in (0, 1, 7, 8, 75):
        task.done = done
        lefts.append(task.left)
    assert lefts[:3] == [None] * 3 and lefts[3] is not None and lefts[4] == 0


def test_the_time_of_a_step_counts_before_any_of_it_is_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    clock = iter(range(0, 100_000, 1800))
    monkeypatch.setattr("passgap.cli.live_view.time", SimpleNamespace(monotonic=lambda: float(next(clock))))
    view = LiveView(shown=False)
    study = SimpleNamespace(declared=parse_study(study_text({})).spec, folder=SimpleNamespace(path=tmp_path))
    view.about(study, lambda: 0.25)  # type: ignore[arg-type]
    assert view._device_hours() == 0.25
    with view.task("sampling", 10):
        found = [view._device_hours() for _ in range(3)]
    assert found == sorted(found) and found[-1] > 0.25 + 0.5
    assert view._device_hours() == 0.25


def test_without_a_terminal_only_notes_are_said_and_the_log_is_kept(script: list[str], tmp_path: Path) -> None:
    ran = subprocess.run(script, capture_output=True, text=True, check=True)
    assert ran.stderr == "arithmetic: \\x1b[2J on a CPU\n" and ran.stdout == ""
    kinds = Counter(each["event"] for each in events(tmp_path / "study"))
    assert kinds == {"note": 1, "begin": 1, "estimate": 2, "end": 1}


def test_a_run_that_is_interrupted_in_a_narrow_terminal_leaves_a_log_that_says_how_far_it_came(
    script: list[str], tmp_path: Path
) -> None:
    with running(script, columns=60) as terminal:
        terminal.wait_for("28/40 samples")
        terminal.wait_for("on 20 problems")
        assert "base-heldout so far" in terminal.screen
        terminal.type("\x03")
        assert terminal.end() != 0
    last = events(tmp_path / "study")[-1]
    assert (last["event"], last["done"], last["total"]) == ("stopped", 28, 40)


def test_a_study_writes_its_steps_and_first_estimates_into_the_log(tmp_path: Path) -> None:
    study = open_scripted_study(tmp_path, {}, Counter())
    view = LiveView(shown=False)
    view.about(study, lambda: sum(spent_hours(study.folder).values()))
    study._context = replace(study._context, services=replace(study._context.services, progress=view))
    study.verdict()
    log = events(tmp_path)
    ended = {each["task"]: each["done"] for each in log if each["event"] == "end"}
    assert ended["sampling base-heldout"] == ended["running base-heldout"] == 48
    (estimate,) = [each for each in log if each["event"] == "estimate" and each["results"] == "base-heldout"]
    single = estimate["estimates"]["pass@1"]
    assert single["n"] == 10 and single["m"] == 4 and single["low"] <= single["value"] <= single["high"]
    assert all("time" in each for each in log)


def test_a_log_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    log = RunLog(tmp_path / "nowhere")
    log.write("note", text="x")
    assert isinstance(log.fault, FileNotFoundError)
