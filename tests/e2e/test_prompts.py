"""Arms that change prompts, on a real model: what the engine reads is what was chosen, and it fits."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from passgap.records import digest_of
from passgap.stages import Silent
from passgap.store import read_samples
from passgap.study.run import splits_of
from passgap.wiring import open_study

ARMS = """
arms:
  retrieval-external: {k: [3]}
  prompt: {strategy: propose, proposals: 2, max_metric_calls: 8, development: 4, minibatch: 1, reflector: REFLECTOR}
""".replace("REFLECTOR", "{max_new_tokens: 16}")


def files_in(folder: Path, pattern: str) -> list[Path]:
    found = sorted((folder / "artifacts").glob(pattern))
    assert found, pattern
    return found


@pytest.mark.parametrize("context", [1024, pytest.param(300, marks=pytest.mark.slow)])
def test_demonstrations_are_read_by_the_model_and_left_out_where_they_do_not_fit(
    make_study: Callable[[str], Path], context: int
) -> None:
    folder = make_study("study")
    rows = [json.loads(line) for line in (folder / "pool.jsonl").read_text().splitlines()]
    for row in rows:
        row["reference"] = f"def {row['entry_point']}(number):\n    return number + {row['task_id'][5:]} - 1\n"
    (folder / "pool.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    text = (folder / "study.yaml").read_text().replace("context_tokens: 1024", f"context_tokens: {context}")
    (folder / "study.yaml").write_text(text + ARMS)
    study = open_study(folder, Silent())
    study.register("retrieval-external")
    study.evaluate("retrieval-external")

    [chosen] = files_in(folder, "retrieval-external-prompts-*/chosen.json")
    choices: dict[str, dict[str, Any]] = json.loads(chosen.read_text())
    splits = splits_of(study._context)
    asked = {name: digest_of(prompt) for name, prompt in splits.prompts(splits.heldout.problems, chat=True)}
    drawn = [
        sample
        for shard in files_in(folder, "retrieval-external-heldout-samples-*/shard-*.parquet")
        for sample in read_samples(shard)
    ]
    assert len(drawn) == 4 * len(asked)
    assert all(each.prompt_tokens == choices[asked[each.problem_id]]["tokens"] for each in drawn)
    assert all(each["tokens"] + 12 <= context for each in choices.values())
    shown = [len(choices[digest]["shown"]) for digest in asked.values()]
    left_out = sum(choices[digest]["no_room"] for digest in asked.values())
    if context == 1024:
        assert sum(shown) > 3 and left_out == 0
        assert all((each["tokens"] > each["asked_tokens"]) == bool(each["shown"]) for each in choices.values())
    else:
        assert left_out > 0


@pytest.mark.slow
def test_a_model_searches_for_its_own_instruction(make_study: Callable[[str], Path]) -> None:
    """The tiny model solves nothing and writes nonsense: the search ends where it began, with all its calls counted."""
    folder = make_study("study")
    (folder / "study.yaml").write_text(
        (folder / "study.yaml").read_text() + ARMS.replace("  retrieval-external: {k: [3]}\n", "")
    )
    study = open_study(folder, Silent())
    study.register("prompt")
    study.evaluate("prompt")
    [found] = files_in(folder, "prompt-search-*/found.json")
    assert json.loads(found.read_text())["instruction"] == ""
    [manifest] = files_in(folder, "prompt-search-*/manifest.json")
    counted = json.loads(manifest.read_text())
    assert counted["reflections"] == 2 and 0 < counted["reflection_tokens"] <= 32
    assert 0 < counted["samples"] <= 8 and counted["prompt_tokens"] > 0 and counted["seconds"] > 0.0
