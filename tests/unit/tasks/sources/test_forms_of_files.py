"""Files of sets as they are met outside: compressed, as arrays and Parquet, with fields of other forms, and damaged."""

from __future__ import annotations

import base64
import bz2
import gzip
import json
import lzma
import pickle
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from passgap.errors import StudyError
from passgap.models.cache import CACHE_VARIABLE
from passgap.records import PairTests, StdioTests
from passgap.tasks import SOURCES, load_tasks
from wire_rows import WIRE_ROWS, written_rows

LINES = [name for name in WIRE_ROWS if name != "exercism"]


def zstd(raw: bytes) -> bytes:
    return pa.compress(raw, codec="zstd", asbytes=True)


@pytest.mark.parametrize("name", LINES)
def test_every_set_is_read_from_parquet_and_from_compressed_lines(name: str, tmp_path: Path) -> None:
    rows = WIRE_ROWS[name]
    wanted = load_tasks(name, path=written_rows(name, tmp_path)).digest
    if name != "humanevalplus":  # its inputs are of several types, for which Parquet has no column
        table = tmp_path / "hub.parquet"
        pq.write_table(pa.Table.from_pylist(rows), table)
        assert load_tasks(name, path=table).digest == wanted
        (tmp_path / "unnamed").write_bytes(table.read_bytes())
        assert load_tasks(name, path=tmp_path / "unnamed").digest == wanted
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\r\n" for row in rows)
    for ending, packed in (("gz", gzip.compress), ("zst", zstd), ("bz2", bz2.compress), ("xz", lzma.compress)):
        path = tmp_path / f"rows.jsonl.{ending}"
        path.write_bytes(packed(f"\ufeff{lines}\n\n".encode()))
        assert load_tasks(name, path=path).digest == wanted
    array = tmp_path / "rows.json"
    array.write_text(json.dumps(rows, indent=2), encoding="utf-8")
    assert load_tasks(name, path=array).digest == wanted


@pytest.mark.parametrize("name", [*LINES, "livecodebench"])
@pytest.mark.parametrize(
    "damage",
    [None, [], 3, "x", {"a": 1}, [[1]], float("inf"), "\ud800", -(10**30)],
    ids=["null", "list", "number", "text", "object", "lists", "infinity", "surrogate", "large"],
)
def test_a_damaged_field_is_named_or_makes_another_problem_and_never_a_bug(
    name: str, damage: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    path = written_rows(name, tmp_path)
    path = path / "test.jsonl" if path.is_dir() else path
    whole = [json.loads(line) for line in path.read_text().splitlines()]
    for field in whole[0]:
        for row in ({**whole[0], field: damage}, {key: value for key, value in whole[0].items() if key != field}):
            path.write_text("".join(json.dumps(each) + "\n" for each in [row, *whole[1:]]))
            try:
                load_tasks(name, path=path)
            except StudyError as error:
                assert error.problems and all("Traceback" not in each for each in error.problems)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("safim", lambda row: {**row, "unit_tests": json.dumps(row["unit_tests"])}),
        ("apps", lambda row: {**row, "input_output": json.loads(row["input_output"])}),
        (
            "code-contests",
            lambda row: {**row, "private_tests": [{"input": "1\n", "output": "YES 0.6666667\n", "extra": 1}]},
        ),
        ("ds-1000", lambda row: {**row, "metadata": json.dumps(row["metadata"])}),
    ],
)
def test_a_field_is_read_as_an_object_and_as_its_json(
    name: str, change: Callable[[dict[str, Any]], dict[str, Any]], tmp_path: Path
) -> None:
    path = written_rows(name, tmp_path)
    wanted = load_tasks(name, path=path).digest
    path.write_text("".join(json.dumps(change(row)) + "\n" for row in WIRE_ROWS[name]))
    assert load_tasks(name, path=path).digest == wanted


def test_livecodebench_is_read_with_lists_of_tests_as_well(tmp_path: Path) -> None:
    path = written_rows("livecodebench", tmp_path) / "test.jsonl"
    wanted = load_tasks("livecodebench", path=path).digest
    row = json.loads(path.read_text())
    private = pickle.loads(zlib.decompress(base64.b64decode(row["private_test_cases"])))
    tests = {"public_test_cases": json.loads(row["public_test_cases"]), "private_test_cases": json.loads(private)}
    path.write_text(json.dumps({**row, **tests, "metadata": {}, "contest_date": "2025-02-03 00:00:00+00:00"}) + "\n")
    [problem] = load_tasks("livecodebench", path=path).problems
    assert isinstance(problem.tests, StdioTests | PairTests) and str(problem.date) == "2025-02-03"
    assert load_tasks("livecodebench", path=path).digest == wanted


@pytest.fixture
def limited_digits() -> Iterator[None]:
    """Python's own limit, which the command line lifts."""
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(4300)
    yield
    sys.set_int_max_str_digits(before)


@pytest.mark.usefixtures("limited_digits")
def test_a_number_that_is_too_long_is_named_with_its_row(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    held = f'{{"inputs": [[1]], "outputs": [{"7" * 5000}], "fn_name": "f"}}'
    path.write_text(json.dumps({**WIRE_ROWS["apps"][0], "input_output": held}) + "\n")
    with pytest.raises(StudyError) as caught:
        load_tasks("apps", path=path)
    [said] = caught.value.problems
    assert said == "line 1: a number of more than 4,300 digits, which is not read: leave the row out"


def test_all_files_of_a_folder_are_named_with_what_is_wrong(tmp_path: Path) -> None:
    row = WIRE_ROWS["rstar-coder"][0]
    for number, each in enumerate(({**row, "question": ""}, {**row, "starter_code": 3}, row)):
        (tmp_path / f"{number}.jsonl").write_text(json.dumps(each) + "\n")
    with pytest.raises(StudyError) as caught:
        load_tasks("rstar-coder", path=tmp_path)
    assert [each.partition(":")[0] for each in caught.value.problems] == ["0.jsonl", "1.jsonl"]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "holds no problems"),
        (b"[1, 2]", "item 1: a JSON object was expected"),
        (b"[{]", "no JSON array"),
        (b"\x1f\x8b\x08", "cannot be read"),
        (b"BZh9", "cannot be read"),
        (b"\xfd7zXZ\x00", "cannot be read"),
        (b"\x28\xb5\x2f\xfd\x00", "cannot be read"),
        (b"PAR1", "cannot be read"),
        (b"\xff\xfe{\x00", "is not UTF-8"),
        (b"[" * 100_000, "no JSON array"),
    ],
    ids=range(10),
)
def test_a_file_that_is_none_is_one_message(raw: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(raw)
    with pytest.raises(StudyError) as caught:
        load_tasks("cruxeval", path=path)
    assert said in str(caught.value)


def test_the_same_problem_twice_is_refused_in_parquet_too(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.Table.from_pylist(WIRE_ROWS["cruxeval"] * 2), path)
    with pytest.raises(StudyError, match="occurs more than once, first in row 1"):
        load_tasks("cruxeval", path=path)


@pytest.mark.parametrize(
    "files",
    [
        {".meta/config.json": "[]"},
        {".meta/config.json": '{"files": []}'},
        {".meta/config.json": '{"files": {"solution": ["../two_sum.py"], "test": ["t.py"], "example": ["e.py"]}}'},
        {"../two_sum.py": "x = 1\n"},
        {"/etc/two_sum.py": "x = 1\n"},
        {"a\nb.py": "x = 1\n"},
        {"": "x = 1\n"},
        {"two_sum.py": None},
    ],
    ids=range(8),
)
def test_an_exercise_that_climbs_out_or_is_damaged_is_refused(files: dict[str, Any], tmp_path: Path) -> None:
    [row, *_] = WIRE_ROWS["exercism"]
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps({**row, "files": {**row["files"], **files}}) + "\n")
    with pytest.raises(StudyError):
        load_tasks("exercism", path=path)


def test_links_in_a_folder_of_exercises_are_left_out(tmp_path: Path) -> None:
    [row, *_] = WIRE_ROWS["exercism"]
    place = tmp_path / "python" / "exercises" / "two-sum"
    for name, text in row["files"].items():
        place.joinpath(name).parent.mkdir(parents=True, exist_ok=True)
        place.joinpath(name).write_text(text)
    place.joinpath("secret.py").symlink_to("/etc/passwd")
    place.joinpath("folder").symlink_to("/etc")
    [problem] = load_tasks("exercism", path=tmp_path).problems
    assert (problem.body or {})["files"] == {"two_sum.py": row["files"]["two_sum.py"]}


def test_every_source_that_reads_a_file_says_that_it_is_not_there(tmp_path: Path) -> None:
    for name, source in SOURCES.items():
        if source.file.value == "required":
            with pytest.raises(StudyError):
                load_tasks(name, split=next(iter(source.splits), None), path=tmp_path / "none.jsonl")
