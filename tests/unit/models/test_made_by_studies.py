"""A checkpoint that a study trained is known, in its place and as a copy; no other model is taken for one."""

from __future__ import annotations

import json
from pathlib import Path

from passgap.models.made_by_studies import MARK, made_by, mark_of, trained_from

INPUTS = {"base": "b", "registration": "r", "seed": 1}


def test_a_marked_checkpoint_is_known_wherever_it_is(tmp_path: Path) -> None:
    (tmp_path / MARK).write_text(json.dumps(mark_of("ssd-model", {"base": "b", "registration": "r"})))
    assert made_by(tmp_path) == made_by(str(tmp_path)) == "ssd-model"
    assert trained_from(tmp_path) == "b"


def test_one_without_a_mark_is_known_in_its_place(tmp_path: Path) -> None:
    kept = tmp_path / "ssd-model-0123456789ab" / "checkpoints" / "0.5"
    kept.mkdir(parents=True)
    assert made_by(kept) is None
    (tmp_path / "ssd-model-0123456789ab" / "inputs.json").write_text(json.dumps(INPUTS))
    assert made_by(kept) == made_by(kept.parent) == "ssd-model-0123456789ab"


def test_other_folders_are_not(tmp_path: Path) -> None:
    model = tmp_path / "model"
    model.mkdir()
    (tmp_path / "inputs.json").write_text('{"seed": 1}')
    (model / MARK).write_text("no JSON")
    assert made_by(model) is None
    assert made_by(tmp_path / "nowhere") is None and trained_from(tmp_path / "nowhere") is None
