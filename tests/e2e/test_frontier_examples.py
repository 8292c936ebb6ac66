"""The examples of a frontier run to the end in a tiny form: their recipes and sweeps on a scripted model."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import yaml

from passgap.testing.scripted_study import HELDOUT, open_scripted_study

EXAMPLES = sorted((Path(__file__).parents[2] / "examples" / "frontier").glob("*/study.yaml"))


@pytest.mark.slow
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_an_example_gives_a_statement_on_its_arm(path: Path, tmp_path: Path) -> None:
    declared = yaml.safe_load(path.read_text(encoding="utf-8"))
    further = {
        "heldout": {"tasks": "jsonl", "path": "heldout.jsonl", "limit": HELDOUT - 10},
        "frontier": declared["frontier"],
    }
    ssd = {name: value for name, value in declared["arms"]["ssd"].items() if name not in ("heldout_samples", "seeds")}
    study = open_scripted_study(tmp_path, {"ssd": ssd}, Counter(), further)
    study.run(["ssd"])
    found = study.frontier()
    assert [each.arm for each in found.judgements] == ["ssd"] and found.problems == 10
    production = 0.8
    assert len(found.models[0].rows) == 1 + len({production, *declared["frontier"]["temperatures"]})
    recipe = declared["arms"]["ssd"]["sampling"]
    assert (recipe["top_k"], recipe["top_p"]) == (20, 0.8) and recipe["temperature"] in (1.0, 1.6)
