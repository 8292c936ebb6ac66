"""HumanEvalPack's Python part: what is asked, and that its references pass and its bugs are seen."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest

from passgap.errors import StudyError
from passgap.execution import SandboxExecutor
from passgap.execution.toolchains import MissingToolchain, found_toolchain
from passgap.records import CheckTests, ExecutionJob, OutcomeKind, PromptKind
from passgap.tasks import SOURCES, load_tasks, refuse_unknown

ROOT = Path(__file__).parents[4]
FILE = Path(
    os.environ.get("PASSGAP_HUMANEVALPACK", ROOT.parent / "shared" / "data" / "humanevalpack" / "python.jsonl.gz")
)
needs_file = pytest.mark.skipif(
    not FILE.exists(), reason="HumanEvalPack's python.jsonl.gz is not here; set PASSGAP_HUMANEVALPACK to its path"
)

ROW: dict[str, Any] = {
    "task_id": "Python/0",
    "prompt": 'def f(x):\n    """Add one."""\n',
    "canonical_solution": "    return x + 1\n",
    "buggy_solution": "    return x - 1\n",
    "bug_type": "operator misuse",
    "entry_point": "f",
    "test": "def check(f):\n    assert f(1) == 2\n\ncheck(f)\n",
}


def written(folder: Path, rows: list[dict[str, Any]]) -> Path:
    path = folder / "python.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_the_set_is_known_by_its_name_and_needs_its_file() -> None:
    assert SOURCES["humanevalpack"].splits == ("fix", "synthesize", "fixdocs", "fixtests")
    refuse_unknown("humanevalpack", split="fix", path="python.jsonl.gz")
    with pytest.raises(StudyError, match="needs a file"):
        refuse_unknown("humanevalpack")


def test_both_splits_of_a_row(tmp_path: Path) -> None:
    path = written(tmp_path, [{**ROW, "task_id": f"Python/{number}"} for number in range(164)])
    fix = load_tasks("humanevalpack", path=path).problems[0]
    assert (fix.id, fix.prompt_kind, fix.difficulty) == (
        "humanevalpack/fix/0",
        PromptKind.INSTRUCTION,
        "operator misuse",
    )
    assert fix.prompt.endswith('\n\ndef f(x):\n    """Add one."""\n    return x - 1')
    assert fix.tests == CheckTests(code="def check(f):\n    assert f(1) == 2\n\n")
    write = load_tasks("humanevalpack", split="synthesize", path=path).problems[0]
    assert (write.id, write.prompt_kind, write.prompt) == ("humanevalpack/synthesize/0", PromptKind.CODE, ROW["prompt"])
    assert write.reference == fix.reference == ROW["prompt"] + ROW["canonical_solution"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"task_id": "Lua/0"}, "known are Python, JavaScript"),
        ({"test": "def check(f):\n    pass\n"}, "should end in"),
        ({"test": "check(f)\nimport os"}, "should end in"),
        ({"bug_type": None}, "difficulty"),
    ],
)
def test_a_damaged_row_is_named(change: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(StudyError) as caught:
        load_tasks("humanevalpack", path=written(tmp_path, [{**ROW, **change}]))
    assert said in caught.value.problems[0] and caught.value.problems[0].startswith("line 1")


def test_a_part_of_the_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="not the whole"):
        load_tasks("humanevalpack", path=written(tmp_path, [ROW]))


@needs_file
def test_its_references_pass_and_its_bugs_are_seen() -> None:
    """Of every ninth problem, in the sandbox."""
    with gzip.open(FILE, "rt", encoding="utf-8") as lines:
        rows = {int(row["task_id"].partition("/")[2]): row for row in map(json.loads, lines)}
    fix, write = (load_tasks("humanevalpack", split=split, path=FILE) for split in ("fix", "synthesize"))
    assert len(fix.problems) == len(write.problems) == 164
    assert len({problem.difficulty for problem in fix.problems}) == 6
    jobs = []
    for problem in fix.problems[::9]:
        row = rows[int(problem.id.rpartition("/")[2])]
        buggy = row["prompt"] + row["buggy_solution"]
        for name, program in (("reference", problem.reference or ""), ("buggy", buggy)):
            jobs.append(
                ExecutionJob(
                    key=f"{problem.id} {name}",
                    program=program,
                    tests=problem.tests,
                    entry_point=problem.entry_point,
                )
            )
    with SandboxExecutor(workers=2) as executor:
        outcomes = {each.key: each.outcome.kind for each in executor.run(jobs)}
    assert [key for key, kind in outcomes.items() if key.endswith("reference") and kind is not OutcomeKind.PASSED] == []
    seen = (OutcomeKind.FAILED, OutcomeKind.TIMEOUT)
    assert [key for key, kind in outcomes.items() if key.endswith("buggy") and kind not in seen] == []


REFUSED = {
    "javascript": {71: "its text equals the number by loose equality alone", 162: "it needs a package of npm"},
    "go": {},
    "java": {},
    "rust": {
        32: "it does not end",
        91: "it needs the crate regex",
        162: "it needs the crate md5",
    },
    "cpp": {
        22: "it needs boost",
        38: "its declaration ends within the body",
        137: "it needs boost",
        162: "it needs OpenSSL",
    },
}
"""References that do not pass here, each with the reason."""


@pytest.mark.slow
@needs_file
@pytest.mark.parametrize(("language", "step"), [("javascript", 1), ("go", 6), ("rust", 6), ("java", 6), ("cpp", 12)])
def test_in_other_languages_too(language: str, step: int) -> None:
    """Of every so many problems: what the set calls right passes, what it calls wrong does not."""
    try:
        found_toolchain(language)
    except MissingToolchain as missing:
        pytest.skip(str(missing))
    path = FILE.with_name(f"{'js' if language == 'javascript' else language}.jsonl.gz")
    if not path.exists():
        pytest.skip(f"{path.name} is not beside HumanEvalPack's python.jsonl.gz")
    jobs = [
        ExecutionJob(key=f"{problem.id} {name}", program=program, tests=problem.tests, language=language)
        for problem in load_tasks("humanevalpack", path=path).problems[::step]
        for name, program in (
            ("reference", problem.reference or ""),
            ("buggy", problem.prompt.partition("\n\n")[2]),
        )
    ]
    refused = {f"humanevalpack/fix/{language}/{number} reference" for number in REFUSED[language]}
    with SandboxExecutor(workers=2) as executor:
        outcomes = {each.key: each.outcome for each in executor.run(jobs)}
    wrong = {
        key: f"{outcome.kind.value}: {outcome.reason}"
        for key, outcome in outcomes.items()
        if bool(outcome.passed) is not (key.endswith("reference") and key not in refused)
    }
    assert wrong == {}


def test_the_function_is_the_one_that_the_program_defines(tmp_path: Path) -> None:
    row = {
        "task_id": "JavaScript/0",
        "prompt": "/* Adds. */\nconst addOne = (x) => {\n",
        "declaration": "\nconst addOne = (x) => {\n",
        "signature": "const addOne = (x)",
        "canonical_solution": "  return x + 1;\n}\n",
        "buggy_solution": "  return x - 1;\n}\n",
        "bug_type": "operator misuse",
        "entry_point": "addTwo",
        "test": "const testAddOne = () => {\n  console.assert(addOne(1) === 2)\n}\n\ntestAddOne()\n",
    }
    path = written(tmp_path, [{**row, "task_id": f"JavaScript/{number}"} for number in range(164)])
    problem = load_tasks("humanevalpack", path=path).problems[0]
    assert (problem.entry_point, problem.tests.style) == ("addOne", "calls")
    assert problem.prompt.startswith("Fix the bug in `addOne`.")
