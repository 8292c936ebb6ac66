"""``passgap score`` says which problems nothing answers, and finds those of other harnesses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from command_line import invoke
from passgap.execution.toolchains import MissingToolchain, found_toolchain


def write(path: Path, *rows: dict[str, str]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_problems_without_a_sample_are_named(tmp_path: Path) -> None:
    problems = [
        {"task_id": f"Set/{n}", "prompt": "Write f.", "entry_point": "f", "test": f"assert f() == {n}"}
        for n in range(3)
    ]
    tasks = write(tmp_path / "tasks.jsonl", *problems)
    samples = write(tmp_path / "s.jsonl", *({"task_id": "set/1", "solution": f"def f(): return {n}"} for n in (1, 2)))
    said = invoke("score", str(samples), "--tasks", str(tasks), "--out", str(tmp_path / "r.jsonl"), "--json")
    assert said.code == 0, said.stderr
    told = json.loads(said.stdout)
    assert told["unanswered"] == ["Set/0", "Set/2"]
    assert told["estimates"]["overall"]["pass@1"]["value"] == 0.5
    assert "2 of 3 problems have no sample" in " ".join(said.stderr.split())
    strangers = write(tmp_path / "x.jsonl", {"task_id": "Set/9", "solution": "x"})
    refused = invoke("score", str(strangers), "--tasks", str(tasks), "--out", str(tmp_path / "x.out"))
    assert refused.code == 2 and "Set/9" in refused.stderr and "--split" in refused.stderr


def test_chat_answers_are_run_as_they_stand_and_counted(tmp_path: Path) -> None:
    tasks = write(
        tmp_path / "tasks.jsonl",
        {"task_id": "a", "prompt": "Write f.", "entry_point": "f", "test": "assert f() == 1"},
    )
    samples = write(
        tmp_path / "s.jsonl",
        {"task_id": "a", "solution": "Here it is:\n```python\ndef f():\n    return 1\n```"},
        {"task_id": "a", "solution": 'def f():\n    """```\n    f()\n    ```"""\n    return 1'},
    )
    said = invoke("score", str(samples), "--tasks", str(tasks), "--out", str(tmp_path / "r.jsonl"), "--json")
    told = json.loads(said.stdout)
    assert told["fenced"] == 1 and told["estimates"]["overall"]["pass@1"]["value"] == 0.5
    assert "1 of 2 samples contain a code fence" in " ".join(said.stderr.split())


def test_a_set_of_several_languages_is_told_language_by_language(tmp_path: Path) -> None:
    try:
        found_toolchain("javascript")
    except MissingToolchain as missing:
        pytest.skip(str(missing))
    calls = {"style": "calls", "function": "add", "cases": [{"arguments": "1, 2", "expected": "3"}]}
    asserts = {"style": "asserts", "statements": ["assert add(1, 2) == 3"]}
    problems = [
        {"id": "py", "source": "own", "prompt": "add", "tests": asserts},
        {"id": "js", "source": "own", "prompt": "add", "tests": calls, "language": "javascript"},
    ]
    programs = {"py": "def add(a, b):\n    return a + b\n", "js": "const add = (a, b) => a - b;\n"}
    (tmp_path / "t.jsonl").write_text("".join(json.dumps(each) + "\n" for each in problems))
    samples = [{"task_id": name, "solution": program} for name, program in programs.items()]
    (tmp_path / "s.jsonl").write_text("".join(json.dumps(each) + "\n" for each in samples))
    out = tmp_path / "r.jsonl"
    said = invoke("score", "--tasks", str(tmp_path / "t.jsonl"), str(tmp_path / "s.jsonl"), "--out", str(out))
    assert said.code == 0, said.stderr
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert [(each["passed"], each.get("language")) for each in lines] == [(True, None), (False, "javascript")]
    slices = json.loads(invoke("estimate", str(out), "--json").stdout)["slices"]
    assert (slices["language: python"]["pass@1"]["value"], slices["language: javascript"]["pass@1"]["value"]) == (1, 0)
