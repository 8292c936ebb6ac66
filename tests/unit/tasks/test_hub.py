"""Datasets of the hub: which places name one, and what is said where one cannot be fetched."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from passgap.errors import StudyError
from passgap.tasks import load_mix, load_tasks
from passgap.tasks.hub import fetch_dataset, is_hub_id


@pytest.mark.parametrize(
    ("place", "named"),
    [
        ("owner/name", True),
        ("name", False),
        ("a/b/c", False),
        ("/owner/name", False),
        ("../name", False),
        ("a/b.jsonl", False),
    ],
)
def test_which_places_name_a_dataset(place: str, named: bool) -> None:
    assert is_hub_id(Path(place)) is named


def test_without_the_package_the_remedy_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(StudyError, match="not installed") as caught:
        load_tasks("mbpp")
    assert "pip install 'passgap[local]'" in caught.value.problems[0] and "path: mbpp.jsonl" in caught.value.problems[0]
    with pytest.raises(StudyError, match="not installed") as caught:
        load_mix("owner/name", tmp_path, chat=True)
    assert "names no file that is here" in caught.value.problems[0]


def test_what_the_hub_says_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise OSError("out of reach")

    monkeypatch.setitem(sys.modules, "datasets", SimpleNamespace(load_dataset=refused))
    with pytest.raises(StudyError, match="owner/name could not be fetched") as caught:
        fetch_dataset("owner/name", remedy="Give a file.")
    assert caught.value.problems == ("out of reach. Give a file.",)


def test_what_was_fetched_is_read_like_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    row: dict[str, object] = {
        "task_id": 601,
        "text": "Add.",
        "code": "def f(x): return x",
        "test_list": ["assert f(1) == 1"],
    }
    asked: list[object] = []

    def given(*arguments: object, **options: object) -> object:
        asked.append((arguments, options))
        return {"train": [row]}

    monkeypatch.setitem(sys.modules, "datasets", SimpleNamespace(load_dataset=given))
    with pytest.raises(StudyError, match="does not hold MBPP problems") as caught:
        load_tasks("mbpp", path="owner/name")
    assert "`test_setup_code` is missing" in caught.value.problems[0]
    row["test_setup_code"] = ""
    with pytest.raises(StudyError, match="split train is incomplete") as caught:
        load_tasks("mbpp", split="train", path="owner/name")
    assert "373 of its 374" in caught.value.problems[0]
    assert asked == [(("owner/name", "full"), {})] * 2
