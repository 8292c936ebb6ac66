"""A study with the arm on external data: real tokens, a real fine-tune, a real evaluation."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from command_line import invoke

MakeStudy = Callable[[str], Path]

LONG = "def f():\n" + "    print('and so on')\n" * 200
ROWS = [
    {"messages": [{"role": "user", "content": "Name a bird."}, {"role": "assistant", "content": "A wren."}] * 2},
    *({"question": f"How much is {number}?", "answer": f"It is {number}."} for number in range(5)),
    {"question": "Write something long.", "answer": LONG},
]


@pytest.fixture
def external(make_study: MakeStudy) -> Path:
    """The study with external data."""
    folder = make_study("external")
    (folder / "curated.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    study = yaml.safe_load((folder / "study.yaml").read_text())
    training = study.pop("training") | {"learning_rate": 0.01, "epochs": 4, "batch_size": 2}
    study.pop("sampling")
    study["arms"] = {"sft-external": {"data": "curated.jsonl", "licence": "CC0-1.0", "training": training}}
    (folder / "study.yaml").write_text(yaml.safe_dump(study))
    return folder


@pytest.mark.slow
def test_it_is_trained_evaluated_and_reported_from_the_command_line(external: Path) -> None:
    checked = invoke("check", str(external))
    assert checked.code == 0 and "7 examples for sft-external (0 removed" in checked.stdout
    assert "is read from `messages` (1 rows), `question` -> `answer` (6 rows)" in " ".join(checked.stdout.split())
    ran = invoke("run", str(external), "--arm", "sft-external", "--json")
    assert ran.code == 0, ran.stderr
    [arm] = json.loads(ran.stdout)["arms"]
    facts = {fact["label"]: fact["text"] for fact in arm["facts"]}
    assert facts["trained on"].startswith("6 examples") and "1 too long" in facts["left out"]
    [manifest] = (external / "artifacts").glob("sft-external-model-*/manifest.json")
    losses = [loss for _, loss in json.loads(manifest.read_text())["losses"]]
    assert sum(losses[-3:]) < sum(losses[:3]), "the loss falls"
