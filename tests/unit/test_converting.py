"""Every public set as passgap's JSON lines, and back."""

from __future__ import annotations

import datetime as dt
import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from command_line import invoke
from passgap.converting import write_rows, write_tasks
from passgap.errors import StudyError
from passgap.models.cache import CACHE_VARIABLE
from passgap.records import CheckTests, Problem, ProblemLimits, PromptKind, ScriptTests, StdioCase, StdioTests
from passgap.tasks import SOURCES, load_tasks, task_set
from wire_rows import WIRE_ROWS, written_rows


@pytest.mark.parametrize("name", [*WIRE_ROWS, "livecodebench"])
def test_a_set_is_the_same_when_it_was_written_and_read_back(name: str, tmp_path: Path) -> None:
    rows = written_rows(name, tmp_path)
    for split in SOURCES[name].splits or (None,):
        tasks = load_tasks(name, split=split, path=rows)
        again = load_tasks(write_tasks(tasks, tmp_path / "converted.jsonl"))
        assert again.digest == tasks.digest
        assert again.problems == tasks.problems


def test_tests_that_are_kept_on_disk_are_written_in_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    rows = written_rows("livecodebench", tmp_path)
    row = json.loads((rows / "test.jsonl").read_text())
    long = {"input": "1 " * 40_000, "output": "2", "testtype": "stdin"}
    (rows / "test.jsonl").write_text(json.dumps({**row, "private_test_cases": json.dumps([long])}) + "\n")
    tasks = load_tasks("livecodebench", path=rows / "test.jsonl")
    written = write_tasks(tasks, tmp_path / "converted.jsonl")
    (file,) = (tmp_path / "cache" / "tests").iterdir()
    file.unlink()
    tests = load_tasks(written).problems[0].tests
    assert isinstance(tests, StdioTests) and tests.kept is None
    assert tests.cases[1] == StdioCase(stdin=long["input"], stdout="2")
    with pytest.raises(StudyError, match="any more"):
        write_tasks(tasks, tmp_path / "again.jsonl")
    assert write_tasks(tasks, tmp_path / "digests.jsonl", whole=False).stat().st_size < 5000


def test_the_command_says_what_it_wrote(tmp_path: Path) -> None:
    rows = written_rows("cruxeval", tmp_path)
    out = tmp_path / "crux.jsonl"
    shown = invoke("tasks", "convert", "cruxeval", "--path", str(rows), "--split", "input", "--out", str(out), "--json")
    assert json.loads(shown.stdout) == {"name": "cruxeval/input", "problems": 1, "out": str(out)}
    assert load_tasks(out).problems[0].id == "cruxeval/input/sample_0"


def test_a_file_by_another_name_is_refused(tmp_path: Path) -> None:
    problems = load_tasks("starter", limit=1).problems
    with pytest.raises(StudyError, match="should end in"):
        write_tasks(task_set("one", problems), tmp_path / "one.json")


WRITTEN = [name for name, source in SOURCES.items() if source.writes]


@pytest.mark.parametrize("name", [name for name in WRITTEN if name in (*WIRE_ROWS, "livecodebench")])
def test_rows_of_a_set_are_written_and_read_back_as_the_same_problems(name: str, tmp_path: Path) -> None:
    rows = written_rows(name, tmp_path)
    for split in SOURCES[name].splits or (None,):
        if name == "livecodebench" and split != "all":
            continue  # other splits are several files
        for scoring in SOURCES[name].scorings or (None,):
            tasks = load_tasks(name, split=split, path=rows, scoring=scoring)
            ours = load_tasks(write_tasks(tasks, tmp_path / "converted.jsonl"))
            back = write_rows(ours, name, tmp_path / "back.jsonl")
            assert load_tasks(name, split=split, path=back, scoring=scoring).problems == tasks.problems


def test_mbpp_and_humaneval_are_written_back(tmp_path: Path) -> None:
    named = os.environ.get("PASSGAP_MBPP")
    for name, path in (("mbpp", None if named is None else Path(named)), ("humaneval", None)):
        try:
            tasks = load_tasks(name, path=path, **({"split": "all"} if name == "mbpp" else {}))
        except StudyError:
            continue
        back = write_rows(tasks, name, tmp_path / f"{name}.jsonl")
        again = load_tasks(name, path=back, **({"split": "all"} if name == "mbpp" else {}))
        assert again.problems == tasks.problems


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\r"), min_size=1, max_size=40)
WORDS = TEXT.map(str.strip).filter(bool)


@settings(max_examples=60, deadline=None)
@given(
    before=TEXT,
    middle=TEXT,
    after=TEXT,
    words=WORDS,
    code=TEXT,
    date=st.dates(),
    cases=st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=3),
)
def test_any_problem_of_a_set_comes_back_from_its_rows(
    before, middle, after, words, code, date, cases, tmp_path_factory
) -> None:
    folder = tmp_path_factory.getbasetemp()
    stdio = StdioTests(cases=tuple(StdioCase(stdin=one, stdout=other) for one, other in cases))
    asked = f"{words}\n\nRead standard input, and print the answer."
    problems = {
        "humaneval-infilling": Problem(
            id="humaneval-infilling/SingleLine/1",
            prompt=before,
            prompt_kind=PromptKind.CODE,
            entry_point="f",
            tests=CheckTests(code=code),
            reference=before + middle + after,
            difficulty="SingleLine",
            source="humaneval-infilling",
            kind="infill",
            body={"suffix": after},
            limits=ProblemLimits(seconds=3),
        ),
        "code-contests": Problem(
            id=f"code-contests/{words}",
            prompt=asked,
            tests=stdio.model_copy(update={"comparison": "tokens-lower-1e-5"}),
            reference=code,
            difficulty="7",
            source="code-contests",
            limits=ProblemLimits(seconds=2.5, memory_bytes=9),
        ),
        "ds-1000": Problem(
            id="ds-1000/0012",
            prompt=words,
            reference=code,
            difficulty="Origin",
            source="ds-1000",
            kind="snippet",
            tests=ScriptTests(
                code=f"def test_execution(solution): {code!r}\n[insert]",
                calls=("test_execution(solution)",),
                environment="ds-1000",
            ),
        ),
    }
    for name, problem in problems.items():
        written = write_rows(task_set(name, [problem]), name, folder / f"{name}.jsonl")
        assert load_tasks(name, path=written).problems == (problem,)
    first = SOURCES["livecodebench"].load(None, _livecodebench(folder, words, date, cases)).problems
    back = write_rows(task_set("livecodebench", list(first)), "livecodebench", folder / "back.jsonl")
    assert SOURCES["livecodebench"].load(None, back).problems == first


def _livecodebench(folder: Path, words: str, date: dt.date, cases: list[tuple[str, str]]) -> Path:
    tests = [{"input": one, "output": other, "testtype": "stdin"} for one, other in cases]
    row = {
        "question_id": "q",
        "question_content": words,
        "contest_date": date.isoformat(),
        "starter_code": "",
        "difficulty": "easy",
        "public_test_cases": json.dumps(tests[:1]),
        "private_test_cases": json.dumps(tests[1:]),
        "metadata": "{}",
    }
    path = folder / "test.jsonl"
    path.write_text(json.dumps(row) + "\n")
    return path


def test_what_is_no_problem_of_a_set_is_not_written(tmp_path: Path) -> None:
    tasks = load_tasks("starter", limit=2)
    with pytest.raises(StudyError) as caught:
        write_rows(tasks, "humaneval", tmp_path / "rows.jsonl")
    assert len(caught.value.problems) == 2 and "its `source` is `passgap-starter`" in caught.value.problems[0]
    assert not (tmp_path / "rows.jsonl").exists()
    with pytest.raises(StudyError, match="rows of multipl-e"):
        write_rows(tasks, "multipl-e", tmp_path / "rows.jsonl")


def test_the_command_writes_rows(tmp_path: Path) -> None:
    rows = written_rows("cruxeval", tmp_path)
    out = tmp_path / "back.jsonl"
    invoke("tasks", "convert", "cruxeval", "--path", str(rows), "--as", "cruxeval", "--out", str(out))
    assert json.loads(out.read_text()) == WIRE_ROWS["cruxeval"][0]
