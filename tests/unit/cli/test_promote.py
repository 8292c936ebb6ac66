"""``passgap promote``: options that contradict each other are refused together, and the registry is listed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from command_line import invoke
from passgap.spec.template import study_template


@pytest.fixture
def study(tmp_path: Path) -> Path:
    (tmp_path / "study.yaml").write_text(study_template("a study"))
    return tmp_path


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--arm", "ssd", "--to", "shadow"], "one at a time"),
        (["--waive", "lift=x"], "needs --arm or --to"),
        (["--dry-run"], "is for --collect"),
        (["--round", "3", "--arm", "ssd"], "1 or 2"),
        (["--to", "nowhere"], "there is no such state"),
        (["--arm", "ssd", "--waive", "lift"], "the reason is missing"),
        (["--to", "shadow", "--why", "a try"], "there is no checkpoint `candidate`"),
        (["--arm", "ssd"], "there is no checkpoint of `ssd`"),
    ],
)
def test_what_cannot_be_done_is_refused_with_the_reason(study: Path, options: list[str], said: str) -> None:
    answer = invoke("promote", str(study), "--json", *options)
    assert answer.code == 2
    told = json.loads(answer.stdout)
    assert said in " ".join((told["refused"], *told["problems"]))
    assert not (study / "promotion").exists()


def test_an_empty_registry_is_listed_and_nothing_is_collected(study: Path) -> None:
    assert json.loads(invoke("promote", str(study), "--json").stdout)["checkpoints"] == []
    assert "No checkpoint is registered" in invoke("promote", str(study)).stdout
    collected = json.loads(invoke("promote", str(study), "--collect", "--json").stdout)
    assert collected["deleted"] == [] and not collected["dry_run"]
    shutil.rmtree(study)
    assert invoke("promote", str(study)).code == 2
