"""The explorer's data: one row per problem, and for each problem everybody's samples, with equal texts once."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from hostile import ENDLESS
from passgap.errors import StoreError
from passgap.report.explorer import PAGE, Explorer, explorer_html, write_explorer
from passgap.report.explorer.data import LONGEST


def _written(path: Path) -> tuple[int, dict]:
    text = path.read_text(encoding="ascii")
    found = re.fullmatch(r"passgapProblem\((\d+),(.*)\);\n", text)
    assert found is not None
    return int(found[1]), json.loads(found[2])


def test_the_index_counts_passes_and_ends_of_every_model(explorer: Explorer) -> None:
    index = explorer.index()
    assert [each["name"] for each in index["models"]] == ["base", "ssd"]
    assert [row[0] for row in index["problems"]] == ["p/0", "p/1", "p/2", "p/3"]
    assert index["problems"][1][3] == [[1, 4, {"failed": 3, "passed": 1}], [0, 2, {"failed": 2}]]
    assert index["problems"][3][3][1] == [0, 0, {}]


def test_each_problem_is_a_file_with_prompt_tests_and_everybodys_samples(explorer: Explorer, tmp_path: Path) -> None:
    write_explorer(explorer, tmp_path)
    files = sorted((tmp_path / "explorer-data").iterdir())
    assert [each.name for each in files] == ["00000.js", "00001.js", "00002.js", "00003.js"]
    number, payload = _written(files[1])
    assert number == 1 and payload["id"] == "p/1" and payload["prompt"].startswith("Add 1.")
    assert "assert add(1) == 2" in payload["tests"]
    assert [len(each) for each in payload["models"]] == [4, 2]
    assert len(payload["texts"]) == 2  # four samples of one model and two of another say two things
    first = payload["models"][0][0]
    assert (first["outcome"], first["passed"], first["group"]) == ("passed", True, "passed")
    assert payload["models"][0][1]["group"] == "values b1" and payload["models"][0][1]["reason"]
    assert _written(files[3])[1]["models"][1] == []
    assert (tmp_path / PAGE).read_text().count("<script") == 2


def test_writing_again_leaves_no_old_problem(explorer: Explorer, tmp_path: Path) -> None:
    write_explorer(explorer, tmp_path)
    write_explorer(Explorer("fewer", explorer.problems[:1], explorer.models), tmp_path)
    assert [each.name for each in (tmp_path / "explorer-data").iterdir()] == ["00000.js"]


def test_no_text_of_a_study_ends_a_script_or_is_endless(hostile_explorer: Explorer, tmp_path: Path) -> None:
    write_explorer(hostile_explorer, tmp_path)
    page = explorer_html(hostile_explorer)
    assert page.count("</script>") == 2 and "<img" not in page and "\x1b" not in page and "\u202e" not in page
    for path in (tmp_path / "explorer-data").iterdir():
        assert not set(path.read_text(encoding="ascii")) & set("<>&\x1b")
        assert path.stat().st_size < 8 * LONGEST


def test_no_name_makes_the_list_endless(hostile_explorer: Explorer) -> None:
    problem = hostile_explorer.problems[0].model_copy(update={"id": ENDLESS, "difficulty": ENDLESS, "source": ENDLESS})
    model = replace(hostile_explorer.models[0], name=ENDLESS, caption=ENDLESS, samples={}, results=())
    explorer = Explorer(ENDLESS, [problem], [model])
    assert len(explorer_html(explorer)) < 100_000
    (found,) = explorer.each()
    assert len(json.dumps(found.payload())) < 100_000


def test_a_folder_with_other_files_is_not_replaced(explorer: Explorer, tmp_path: Path) -> None:
    write_explorer(explorer, tmp_path)
    (tmp_path / "explorer-data" / "notes.txt").write_text("mine")
    with pytest.raises(StoreError, match="did not write"):
        write_explorer(explorer, tmp_path)
    assert (tmp_path / "explorer-data" / "notes.txt").read_text() == "mine"
