"""``passgap execute`` takes every style of tests, names every bad line, and nothing that a program says breaks it."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from passgap.cli import main
from passgap.cli.execute import in_its_style
from passgap.errors import EXIT_DONE, EXIT_REFUSED

ADD = "def add(a, b):\n    return a + b\n"


@pytest.mark.parametrize(
    ("code", "style"),
    [
        ("assert add(1, 2) == 3\nassert add(0, 0) == 0", "asserts"),
        (["assert add(1, 2) == 3"], "asserts"),
        ("def check(candidate):\n    assert candidate(1, 2) == 3", "check"),
        ("from solution import add\ndef test_it():\n    assert add(1, 2) == 3", "pytest"),
        ("import unittest\nclass Sums(unittest.TestCase):\n    def test_it(self):\n        pass", "pytest"),
        ("for n in range(3):\n    if add(n, n) != 2 * n:\n        raise ValueError(n)", "asserts"),
        ("assert add(1,, 2)", "asserts"),
    ],
)
def test_the_style_is_read_from_the_code(code: Any, style: str) -> None:
    assert in_its_style(code).style == style


@pytest.mark.parametrize("code", ["", "  \n", [], [1], None, 5])
def test_what_is_no_test_is_refused(code: Any) -> None:
    with pytest.raises(ValueError, match="test"):
        in_its_style(code)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as left:
        main(["execute", *arguments])
    shown = capsys.readouterr()
    return int(left.value.code or 0), shown.out, shown.err


def test_cases_of_every_style_and_what_programs_say(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cases = [
        {"id": 1, "program": ADD, "test": "assert add(1, 2) == 3"},
        {
            "id": "\u2028",
            "program": "def add(a, b):\n    raise ValueError('\\ud800\\x1b[2J\\x00')",
            "test": "assert add(1, 2)",
        },
        {
            "id": "stdio",
            "program": "print(input())",
            "test": {"style": "stdio", "cases": [{"stdin": "a", "stdout": "a"}]},
        },
        {
            "id": "pairs",
            "program": ADD,
            "entry_point": "add",
            "test": {"style": "pairs", "cases": [{"args": [1, 2], "expected": 3}]},
        },
    ]
    path = tmp_path / "cases.jsonl"
    path.write_bytes(gzip.compress("".join(json.dumps(case, ensure_ascii=False) + "\n" for case in cases).encode()))
    code, out, _ = run(capsys, str(path), "--workers", "1")
    lines = [json.loads(line) for line in out.split("\n")[:-1]]
    assert code == EXIT_DONE
    assert [line["id"] for line in lines] == [case["id"] for case in cases]
    assert [line["passed"] for line in lines] == [True, False, True, True]
    assert lines[1]["reason"].isprintable()
    _, out, _ = run(capsys, str(path), "--workers", "1", "--json")
    assert [line["id"] for line in json.loads(out)] == [case["id"] for case in cases]
    _, out, _ = run(capsys, str(path), "--workers", "1", "--out", str(tmp_path / "out.jsonl"))
    assert "3 passed" in " ".join(out.split())
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 4


def test_every_bad_line_is_named_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text(
        '{"id": 1}\nno json\n[1]\n{"id": 2, "program": 5, "test": "assert 1"}\n{"id": 3, "program": "", "test": ""}\n'
        '{"id": 4, "program": "", "test": {"style": "poetry"}}\n'
    )
    code, out, err = run(capsys, str(path))
    assert (code, out) == (EXIT_REFUSED, "")
    assert all(f"line {number}:" in err for number in range(1, 7))


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "no cases"), (b"\xff\xfe", "not UTF-8"), (b"\x1f\x8b broken", "cannot be read")],
)
def test_files_that_hold_nothing_to_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, said: str
) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_bytes(content)
    code, _, err = run(capsys, str(path))
    assert code == EXIT_REFUSED
    assert said in " ".join(err.split())


def test_ids_that_stand_twice_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text('{"id": 1, "program": "x", "test": "assert 1"}\n{"id": "1", "program": "x", "test": "assert 1"}\n')
    code, _, err = run(capsys, str(path))
    assert code == EXIT_REFUSED
    assert "more than once" in " ".join(err.split())


def test_tests_and_programs_that_are_no_text_are_no_fault_of_ours(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "cases.jsonl"
    cases = [
        {"id": 1, "program": ADD, "test": "assert add(1, 2) == '\ud800'"},
        {"id": 2, "program": f"# \ud800\n{ADD}", "test": "assert add(1, 2) == 3"},
    ]
    path.write_text("".join(json.dumps(case) + "\n" for case in cases))
    for more in ((), ("--out", str(tmp_path / "out.jsonl"), "--json")):
        code, out, _ = run(capsys, str(path), "--workers", "1", *more)
        lines = json.loads(out) if more else [json.loads(line) for line in out.splitlines()]
        assert code == EXIT_DONE
        assert [line["outcome"] for line in lines] == ["unscored", "failed"]


def test_faults_of_cases_are_said_in_plain_words_and_all_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cases = [
        {"id": 1, "program": ADD, "test": {}},
        {"id": 2, "program": ADD, "test": {"style": "nope"}},
        {"id": 3, "program": 3, "test": "assert add(1, 2) == 3"},
        {"id": 4, "program": ADD, "test": "assert add(1, 2) == 3"},
        {"id": 4, "program": ADD, "test": "assert add(1, 2) == 3"},
        {"id": 5, "program": ADD, "test": {"style": "stdio", "cases": []}},
    ]
    (tmp_path / "cases.jsonl").write_text("".join(json.dumps(case) + "\n" for case in cases))
    code, _, said = run(capsys, str(tmp_path / "cases.jsonl"))
    said = " ".join(said.split())
    assert code == EXIT_REFUSED
    for expected in (
        "line 1: `style` is missing",
        "line 2: `style` is 'nope'; it should be one of 'asserts'",
        "line 3: `program`: should be text",
        "line 5: `4` occurs more than once, first on line 4",
        "line 6: `stdio`: tests need at least one case",
    ):
        assert expected in said


def test_a_program_in_a_language_that_cannot_be_run_is_not_scored_and_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "cases.jsonl"
    cases = [
        {"id": 1, "program": "const f = 1\n", "test": "f === 1", "language": "javascript"},
        {"id": 2, "program": "f = 1\n", "test": "assert f == 1", "language": "klingon"},
        {"id": 3, "program": "f = 1\n", "test": "assert f == 1", "language": "python"},
    ]
    path.write_text("".join(json.dumps(case) + "\n" for case in cases))
    code, out, _ = run(capsys, str(path), "--workers", "1")
    lines = [json.loads(line) for line in out.splitlines()]
    assert code == EXIT_DONE
    assert [line["outcome"] for line in lines] == ["unscored", "unscored", "passed"]
    assert "JavaScript programs cannot be run" in lines[0]["reason"]
    assert "'klingon'" in lines[1]["reason"]
