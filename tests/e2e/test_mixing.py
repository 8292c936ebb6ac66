"""A study that mixes instruction data in: read and checked at intake, registered, trained on and reported."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from command_line import invoke
from passgap.errors import StudyError
from passgap.recipes import MIX_RULE
from passgap.stages import Silent
from passgap.store import StudyFolder
from passgap.wiring import open_study

MakeStudy = Callable[[str], Path]

SAMPLES = 12
"""Of the study's pool: six problems with two samples each."""


def talk(number: int) -> dict[str, Any]:
    messages = [
        {"role": "user", "content": f"Name {number} things."},
        {"role": "assistant", "content": f"One, and {number - 1} more."},
    ]
    return {"messages": messages}


@pytest.fixture
def mixing(make_study: MakeStudy) -> Path:
    """The study with a fifth of instruction data, one example of which is a held-out problem."""
    folder = make_study("mixing")
    held = json.loads((folder / "heldout.jsonl").read_text().splitlines()[2])
    spoiled = {"prompt": held["prompt"], "completion": "def f(): ..."}
    write(folder, [spoiled, *map(talk, range(5))])
    return folder


def write(folder: Path, rows: list[Any], ratio: float = 0.2) -> None:
    (folder / "mix.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    study = yaml.safe_load((folder / "study.yaml").read_text())
    study["sampling"]["drop_stubs"] = False
    study["training"] |= {"mix_ratio": ratio, "mix_path": "mix.jsonl"}
    (folder / "study.yaml").write_text(yaml.safe_dump(study))


def test_the_share_is_mixed_registered_and_reported_and_a_held_out_problem_is_left_out(mixing: Path) -> None:
    checked = json.loads(invoke("check", str(mixing), "--json").stdout)
    assert (checked["mixed"], checked["mixed_removed"]) == (5, 1)
    report = open_study(mixing, Silent()).run(["ssd"])
    assert open_study(mixing, Silent()).plan().updates == -(-(SAMPLES + 3) // 4)
    [registered] = [entry.payload["spec"] for entry in StudyFolder(mixing).ledger.of_kind("pre-registration")]  # type: ignore[index, call-overload]
    assert registered["mix_ratio"] == 0.2 and registered["mix_rule"] == MIX_RULE
    assert (registered["mix_examples"], registered["mix_removed"]) == (5, 1) and len(registered["mix_digest"]) == 64

    [model] = (mixing / "artifacts").glob("ssd-model-*/manifest.json")
    trained = json.loads(model.read_text())
    own = trained["examples"] - trained["mixed_examples"]
    assert trained["mixed_examples"] == round(own / 4) > 0
    assert trained["steps"] == -(-trained["examples"] // 4)
    [arm] = report.arms
    facts = {fact.label: fact.text for fact in arm.facts}
    assert facts["mixed in"].startswith(f"{trained['mixed_examples']} of {trained['examples']} examples (")
    assert f"{trained['mixed_tokens']} of {trained['pass_tokens']} completion tokens" in facts["mixed in"]
    assert any(line.item == "example 1 of mix.jsonl" and line.rule == "exact" for line in report.contamination)
    assert "and 6 examples to mix in" in report.contamination_checked
    assert "1 of these examples removed" in report.contamination_checked

    (mixing / "mix.jsonl").unlink()
    assert open_study(mixing, Silent()).report() == report, "what was measured is read without the file"

    write(mixing, [talk(number) for number in range(7, 20)])
    with pytest.raises(StudyError, match="registered otherwise") as caught:
        open_study(mixing, Silent()).train("ssd")
    assert any(problem.startswith("mix_digest") for problem in caught.value.problems)


def test_what_cannot_be_mixed_is_refused_before_anything_is_sampled(mixing: Path) -> None:
    write(mixing, [talk(1)])
    refused = invoke("run", str(mixing))
    said = " ".join(refused.stderr.split())
    assert refused.code == 2 and "there are too few examples to mix in" in said
    assert f"0.2 beside {SAMPLES} samples takes 3 examples; mix.jsonl holds 1" in said
    assert not (mixing / "artifacts").exists() and not (mixing / "ledger.jsonl").exists()

    write(mixing, [talk(1)], ratio=0.01)
    with pytest.raises(StudyError, match="nothing would be mixed in"):
        open_study(mixing, Silent()).check()

    write(mixing, [{"messages": []}, {"prompt": "p"}])
    (mixing / "pool.jsonl").write_text("{}\n")
    with pytest.raises(StudyError, match="2 things are wrong") as caught:
        open_study(mixing, Silent()).check()
    pool, mix = caught.value.problems
    assert "pool.jsonl" in pool and "line 1" in pool
    assert "mix.jsonl" in mix and "line 1" in mix and "line 2" in mix
