"""A small study on a tiny real model: real engine, real sandbox, real trainer."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from passgap import trainers
from passgap.ports import Trainer
from passgap.stages import Silent
from passgap.wiring import open_study
from short_battery import shorten

STUDY = """\
name: a tiny study
seed: 7
rehearsal: true
model:
  id: {model}
  name: tiny
  parameters: 1M
  licence: MIT
  context_tokens: 1024
  benchmark: {{name: none, pass@1: unknown, pass@10: unknown}}
task_family: {{languages: [python], kinds: [algorithmic], surface: tests}}
heldout: {{tasks: jsonl, path: heldout.jsonl}}
pool: {{tasks: jsonl, path: pool.jsonl}}
diagnostics:
  samples: 4
  k: [1, 4]
  decoding: {{temperature: 0.8, top_p: 0.95, max_new_tokens: 12}}
budget:
  device: cpu
  hours: {{sampling: 1, training: 1, evaluation: 1}}
  price_per_hour: 1
  team_size: 1
  days_to_first_signal: 1
comparator: {{method: do-nothing, why: a test}}
failure_cost: {{checkpoints: all, blocker: any, rollback: one flip}}
battery_looks: [1]
sampling: {{temperature: 1.0, top_k: 20, top_p: 0.8, per_prompt: 2, max_new_tokens: 12}}
training: {{method: full, learning_rate: 1.0e-3, epochs: 1, batch_size: 4, max_length: 512}}
"""

SWEEP = "decode_only: {temperatures: [0, 0.4], samples: 2}\n"
"""An additional section of the finished study: the decode-only control."""

WORDS = ["apple", "bridge", "candle", "desert", "engine", "forest", "garden", "harbour", "island", "jacket", "kettle"]


def _problems(prefix: str, count: int) -> str:
    lines = []
    for number in range(count):
        name = f"{prefix}_{WORDS[number]}"
        lines.append(
            json.dumps(
                {
                    "task_id": f"{prefix}/{number}",
                    "prompt": f"Write a function {name}(number) for the {prefix} {WORDS[-1 - number]} counter.",
                    "entry_point": name,
                    "test": f"assert {name}(1) == {number}\nassert {name}(2) == {number + 1}",
                    "difficulty": "easy" if number % 2 else "hard",
                }
            )
        )
    return "\n".join(lines) + "\n"


def _write_study(folder: Path, model: Path) -> Path:
    folder.mkdir()
    (folder / "study.yaml").write_text(STUDY.format(model=model))
    (folder / "heldout.jsonl").write_text(_problems("held", 8))
    (folder / "pool.jsonl").write_text(_problems("pool", 6))
    return folder


@pytest.fixture
def make_study(tiny_model: Path, tmp_path: Path) -> Callable[[str], Path]:
    """Write the study into a new folder."""

    def make(name: str = "study") -> Path:
        return _write_study(tmp_path / name, tiny_model)

    return make


def train_here(kind: str, module: str, device: str, dtype: str, cluster: Any) -> Trainer[Any]:
    """Open the real trainer in this process: one of its own, which tests/unit/trainers/process has, takes seconds."""
    del module, cluster
    return trainers.open_trainer(kind, device, dtype)


@pytest.fixture(autouse=True)
def _train_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trainers, "open_process_trainer", train_here)


@pytest.fixture(autouse=True)
def _ask_few_prompts(monkeypatch: pytest.MonkeyPatch) -> None:
    shorten(monkeypatch)


@pytest.fixture(scope="session")
def _finished_once(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The study, run once from its declaration to its report: every model that it opens takes seconds."""
    place = tmp_path_factory.mktemp("finished")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PASSGAP_CACHE", str(place / "cache"))
        patch.setattr(trainers, "open_process_trainer", train_here)
        shorten(patch)
        # A copy of its own, which a test may take away.
        folder = _write_study(place / "study", Path(shutil.copytree(tiny_model, place / tiny_model.name)))
        with (folder / "study.yaml").open("a") as handle:
            handle.write(SWEEP)
        open_study(folder, Silent()).run(["ssd"])
    return folder


@pytest.fixture
def finished(_finished_once: Path, tmp_path: Path) -> Path:
    """A copy of the finished study, to be changed at will."""
    return Path(shutil.copytree(_finished_once, tmp_path / "finished"))


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSGAP_CACHE", str(tmp_path / "cache"))
