"""Formats are found in a table, each in a module of its own, and no two recognise the same file."""

from __future__ import annotations

import json
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from passgap.logs import FORMATS, ImportedLog, LogFormat, read_log
from passgap.logs.compression import is_archive, read_bytes
from passgap.logs.formats.base import LogContent
from passgap.logs.imported import LogBuilder
from passgap.logs.json_content import Archive, JsonLines, parse

FIXTURES = sorted(path for path in (Path(__file__).parent / "fixtures").iterdir() if path.suffix != ".md")


def content_of(path: Path) -> LogContent:
    raw = read_bytes(path)
    return Archive(raw, str(path)) if is_archive(raw) else parse(raw, str(path), str)


def test_formats_are_asked_in_a_fixed_order() -> None:
    assert FORMATS.names() == (
        "passgap or plain JSON lines",
        "aggregates",
        "human-eval",
        "EvalPlus",
        "LiveCodeBench",
        "MultiPL-E",
        "lm-evaluation-harness",
        "Inspect",
    )


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.name)
def test_a_file_of_a_harness_is_recognised_by_one_format_and_refused_by_none(path: Path) -> None:
    content = content_of(path)
    recognising = [each for each in FORMATS.values() if each.recognises(content)]
    assert len(recognising) == 1
    assert recognising[0].refusal(content) is None
    assert read_log(path).format == recognising[0].name


@pytest.mark.parametrize(
    "row",
    [
        {"task_id": "a", "passed": True},
        {"task_id": "a", "passed": True, "result": "passed"},
        {"task_id": "a", "passed": True, "result": "passed", "outcome": "passed"},
        {"task_id": "a", "n": 3, "c": 1},
        {"task_id": "a", "n": 3, "c": 1, "passed": True},
        {"doc_id": 1, "doc": {}, "task_id": "a", "passed": True},
    ],
)
def test_a_line_is_recognised_by_one_format(row: dict[str, object]) -> None:
    content = parse(json.dumps(row).encode(), "x", str)
    assert sum(each.recognises(content) for each in FORMATS.values()) == 1


class Scoreboard(LogFormat):
    """A format of another distribution."""

    name = "scoreboard"
    position = 5
    files = "scoreboard board.json"

    def recognises(self, content: LogContent) -> bool:
        return isinstance(content, JsonLines) and "board" in content.lines[0][1]

    def read(self, content: LogContent, where: str) -> ImportedLog:
        assert isinstance(content, JsonLines)
        builder = LogBuilder(self.name, where)
        for name, passed in content.lines[0][1]["board"].items():
            builder.add(name, passed)
        return builder.finish()


SCOREBOARD = Scoreboard()


def test_a_format_of_another_distribution_is_found_by_its_entry_point(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    point = EntryPoint("scoreboard", f"{__name__}:SCOREBOARD", "passgap.log_formats")
    monkeypatch.setattr("passgap.registry._installed", lambda group: (point,))
    monkeypatch.setattr(EntryPoint, "load", lambda self: SCOREBOARD)
    path = tmp_path / "board.json"
    path.write_text('{"board": {"a": true, "b": false}}\n')
    FORMATS.refresh()
    try:
        log = read_log(path)
    finally:
        FORMATS.refresh()
    assert (log.format, [each.passed for each in log.results]) == ("scoreboard", [True, False])
