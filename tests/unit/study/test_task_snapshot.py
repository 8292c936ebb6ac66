"""A study keeps its problems, and the rules by which its samples were counted, so that it can be read later."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from passgap.errors import StudyError
from passgap.records import digest_of
from passgap.store import StudyFolder, write_json

from .conftest import SWEEP, OpenStudy, ScriptedModel


def reported(study: Any, folder: Path) -> Any:
    study.report()
    return json.loads((folder / "report.json").read_text())


def test_a_report_is_the_same_without_the_task_files_and_not_with_other_ones(
    open_scripted: OpenStudy, folder: Path
) -> None:
    open_scripted().run([])
    before = (folder / "report.json").read_text()
    kept = (folder / "heldout.jsonl").read_text()
    for name in ("heldout.jsonl", "pool.jsonl"):
        (folder / name).unlink()
    open_scripted().report()
    assert (folder / "report.json").read_text() == before
    with pytest.raises(StudyError, match=r"things are wrong"):
        open_scripted().check()

    (folder / "heldout.jsonl").write_text(kept.replace("times over", "times"))
    with pytest.raises(StudyError):
        open_scripted().report()
    (folder / "heldout.jsonl").write_text(kept)
    open_scripted().report()
    assert (folder / "report.json").read_text() == before


def test_other_problems_are_kept_beside_the_earlier_ones(open_scripted: OpenStudy, folder: Path) -> None:
    study = open_scripted("")
    study.verdict()
    pool = (folder / "pool.jsonl").read_text()
    (folder / "pool.jsonl").write_text(pool + pool.splitlines()[0].replace("pool/0", "pool/9").replace("apple", "pear"))
    assert study.check().pool == 4, "one study object sees what has changed"
    (folder / "artifacts" / "notes").mkdir()
    study.run([])
    kept = [entry for entry in study.folder.index() if entry.kind == "tasks"]
    assert [entry.complete for entry in kept] == [True, True]
    lines = [len((entry.folder / "pool.jsonl").read_text().splitlines()) for entry in kept]
    assert lines == [3, 4]


def _as_counted_by_the_first_version(folder: Path, name: str) -> None:
    """Make a results artifact one of the first version, which wrote down no rules."""
    [entry] = [each for each in StudyFolder(folder).index() if each.name == name]
    inputs = {key: value for key, value in entry.inputs.items() if key != "rules"}
    place = entry.folder.with_name(f"{name}-{digest_of(inputs)[:12]}")
    entry.folder.rename(place)
    write_json(place / "inputs.json", inputs)


def test_samples_that_were_counted_by_earlier_rules_are_read_and_are_counted_again_before_more_is_measured(
    open_scripted: OpenStudy, model: ScriptedModel, folder: Path
) -> None:
    open_scripted().run([])
    names = sorted(each.name for each in StudyFolder(folder).index() if each.kind == "results")
    assert len(names) == 3
    for name in names:
        _as_counted_by_the_first_version(folder, name)
    before, drawn = reported(open_scripted(), folder), model.drawn.copy()
    verdict = open_scripted().verdict()
    assert sorted(each.name for each in StudyFolder(folder).index() if each.kind == "results") == names

    open_scripted().run([])
    assert model.drawn == drawn, "nothing is sampled for it"
    assert sorted(each.name for each in StudyFolder(folder).index() if each.kind == "results") == sorted(2 * names)
    assert reported(open_scripted(), folder)["base"]["table"] == before["base"]["table"]
    assert open_scripted().verdict() == verdict


def test_what_was_counted_by_two_rules_is_not_compared(open_scripted: OpenStudy, folder: Path) -> None:
    open_scripted(SWEEP).run([])
    _as_counted_by_the_first_version(folder, "decode-only-greedy-heldout-results")
    with pytest.raises(StudyError, match="counted by different rules"):
        open_scripted(SWEEP).report()
    open_scripted(SWEEP).run([])
    open_scripted(SWEEP).report()


def test_the_weights_of_the_model_are_written_down_once(open_scripted: OpenStudy, folder: Path) -> None:
    open_scripted("").verdict()
    open_scripted("").run([])
    [entry] = StudyFolder(folder).ledger.of_kind("model")
    assert entry.payload == {"id": "scripted", "digest": "d"}


def test_a_study_object_reports_measures_and_reports_again(open_scripted: OpenStudy, folder: Path) -> None:
    study = open_scripted()
    with pytest.raises(StudyError, match="nothing to report"):
        study.report()
    verdict = study.verdict()
    first = study.report()
    assert first.base.verdict == verdict.verdict and first.decode_only is None
    assert any("the battery's prompts were not asked" in text for text in first.not_produced)
    assert study.run([]).decode_only is not None
    before = {path.name for path in (folder / "artifacts").iterdir()}
    shutil.rmtree(next((folder / "artifacts").glob("decode-only-greedy-heldout-samples-*")))
    with pytest.raises(StudyError, match="not on disk"):
        study.report()
    assert {path.name for path in (folder / "artifacts").iterdir()} < before, "a report begins nothing"
    assert study.verdict() == verdict
    again = study.report()
    assert again.base.table == first.base.table and again.decode_only is not None
