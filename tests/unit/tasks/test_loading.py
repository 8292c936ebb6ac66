"""Task sets are whole, named, and the same every time."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from passgap.errors import StudyError
from passgap.records import AssertTests, CheckTests
from passgap.tasks import SOURCES, load_tasks, refuse_unknown, subset
from passgap.tasks.sources.mbpp import SPLITS

ROOT = Path(__file__).parents[3]
MBPP = Path(os.environ.get("PASSGAP_MBPP", ROOT.parent / "shared" / "data" / "mbpp.jsonl"))
needs_mbpp = pytest.mark.skipif(not MBPP.exists(), reason="mbpp.jsonl is not here; set PASSGAP_MBPP to its path")


def test_the_starter_set_has_enough_problems_of_each_difficulty() -> None:
    heldout, pool = (load_tasks("starter", split=split) for split in ("heldout", "pool"))
    assert len(heldout.problems) >= 210
    assert len(pool.problems) >= 240
    assert {each.id for each in heldout.problems}.isdisjoint(each.id for each in pool.problems)
    for difficulty in ("easy", "medium", "hard"):
        count = sum(each.difficulty == difficulty for each in heldout.problems)
        assert 0.28 <= count / len(heldout.problems) <= 0.39
    for each in (*heldout.problems, *pool.problems):
        assert isinstance(each.tests, AssertTests)
        assert len(each.tests.statements) >= 5
        assert each.reference
        assert f"`{each.entry_point}" in each.prompt


def test_a_limit_is_a_fixed_nested_subset() -> None:
    whole = load_tasks("starter", split="heldout")
    small, large = ({each.id for each in subset(whole, limit).problems} for limit in (20, 60))
    assert len(small) == 20
    assert small < large
    assert subset(whole, 20).digest == load_tasks("starter", split="heldout", limit=20).digest
    assert subset(whole, 10_000) == whole


@needs_mbpp
def test_mbpp_has_its_official_splits() -> None:
    sizes = {split: len(load_tasks("mbpp", split=split, path=MBPP).problems) for split in SPLITS}
    assert sizes == {"prompt": 10, "test": 500, "validation": 90, "train": 374, "all": 974}
    problem = next(each for each in load_tasks("mbpp", split="test", path=MBPP).problems if each.id.endswith("/11"))
    assert problem.entry_point == "remove_Occ"
    assert "\r" not in (problem.reference or "")


@needs_mbpp
def test_a_proxy_difficulty_is_named_in_the_set() -> None:
    tasks = load_tasks("mbpp", split="test", path=MBPP, difficulty="reference-length")
    assert "reference" in tasks.name
    counts = [sum(each.difficulty == level for each in tasks.problems) for level in ("easy", "medium", "hard")]
    assert sum(counts) == 500
    assert max(counts) - min(counts) <= 25, "references of one size stay together"


@needs_mbpp
def test_a_part_of_mbpp_is_not_mbpp(tmp_path: Path) -> None:
    (tmp_path / "mbpp.jsonl").write_text("".join(MBPP.read_text().splitlines(keepends=True)[:100]))
    with pytest.raises(StudyError, match="the MBPP split test is incomplete"):
        load_tasks("mbpp", split="test", path=tmp_path / "mbpp.jsonl")


def test_humaneval_comes_from_its_package() -> None:
    tasks = load_tasks("humaneval")
    assert len(tasks.problems) == 164
    assert isinstance(tasks.problems[0].tests, CheckTests)


def test_own_problems_in_the_short_form(tmp_path: Path) -> None:
    path = tmp_path / "own.jsonl"
    rows = [
        {"task_id": "b", "prompt": "Add.", "entry_point": "f", "test": "assert f(1) == 2", "difficulty": "easy"},
        {"task_id": "a", "prompt": "Add.", "entry_point": "f", "test": "def check(c):\n    assert c(1) == 2"},
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    tasks = load_tasks("jsonl", path=path)
    assert [each.id for each in tasks.problems] == ["a", "b"]
    assert isinstance(tasks.problems[0].tests, CheckTests)
    assert isinstance(tasks.problems[1].tests, AssertTests)


@pytest.mark.parametrize("text", ["", "not json\n", '{"task_id": "a"}\n', "[1]\n"])
def test_a_file_that_is_no_task_set_is_refused_whole(text: str, tmp_path: Path) -> None:
    path = tmp_path / "own.jsonl"
    path.write_text(text)
    with pytest.raises(StudyError):
        load_tasks("jsonl", path=path)


UNUSABLE = {
    "a language": ({"language": "klingon"}, "there is no language `klingon`; known: .*python"),
    "a kind": ({"kind": "poem"}, "there is no kind of task `poem`; known: .*function"),
    "tests of another kind": ({"kind": "stdio"}, "tests of the style `asserts` do not belong to the kind `stdio`"),
    "a body": ({"body": {"suffix": "x"}}, "the kind `function` has no `body`"),
}


@pytest.mark.parametrize("case", UNUSABLE)
def test_problems_that_cannot_be_used_are_refused_by_name(case: str, tmp_path: Path) -> None:
    fields, said = UNUSABLE[case]
    rows = [
        {
            "id": name,
            "prompt": "Add.",
            "source": "s",
            "tests": {"style": "asserts", "statements": ["assert f()"]},
            **more,
        }
        for name, more in (("a", {}), ("b", fields), ("c", fields))
    ]
    path = tmp_path / "own.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    with pytest.raises(StudyError, match="cannot be used") as caught:
        load_tasks(path)
    assert [each.partition(":")[0] for each in caught.value.problems] == ["b", "c"]
    assert re.search(said, caught.value.problems[0])


def test_the_short_form_states_language_and_kind(tmp_path: Path) -> None:
    row = {"task_id": "a", "prompt": "def f(x):\n", "entry_point": "f", "test": "assert f(1) == 2"}
    path = tmp_path / "own.jsonl"
    path.write_text(json.dumps({**row, "language": "python", "kind": "function"}) + "\n")
    [problem] = load_tasks(path).problems
    assert (problem.language, problem.kind, problem.prompt_kind) == ("python", "function", "code")
    path.write_text(json.dumps({**row, "language": "klingon"}) + "\n")
    with pytest.raises(StudyError) as caught:
        load_tasks(path)
    assert caught.value.problems[0].startswith("line 1: there is no language named `klingon`. Known names: ")


@pytest.mark.parametrize(("source", "split"), [("nothing", None), ("starter", "middle"), ("humaneval", "test")])
def test_what_does_not_exist_is_refused_with_what_does(source: str, split: str | None) -> None:
    with pytest.raises(StudyError) as caught:
        load_tasks(source, split=split)
    known = {"nothing": ", ".join(SOURCES), "starter": "heldout, pool", "humaneval": "Remove `split: test`"}
    assert known[source] in caught.value.problems[0]


@pytest.mark.parametrize(("source", "path"), [("starter", "x.jsonl"), ("own.jsonl", "x.jsonl"), ("jsonl", None)])
def test_a_file_is_named_where_one_is_read_and_nowhere_else(source: str, path: str | None) -> None:
    with pytest.raises(StudyError, match="no other file" if path else "needs a file"):
        refuse_unknown(source, path=path)


def test_sources_are_listed_in_order_with_what_is_known_of_them() -> None:
    assert [name for name in SOURCES if name in ("starter", "mbpp", "humaneval", "jsonl")] == [
        "starter",
        "mbpp",
        "humaneval",
        "jsonl",
    ]
    for source in SOURCES.values():
        assert source.caption and source.licence and source.difficulty and source.dates
