"""A second round of a real tiny model from one command: it is trained twice, and learns something the first time.

The model is taught to answer with one of two programs, of which one is right; rejection sampling makes it choose.
"""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from command_line import invoke
from passgap.models import model_digest
from passgap.records import Problem
from passgap.store import Ledger, select
from passgap.store.index import index_of
from passgap.tasks import load_tasks
from passgap.tasks.prompts import render

ANSWERS = tuple(f"x):\n    # one two three four one two three four\n    return x {sign} 1\n<|im_end|>" for sign in "+-")
"""After the head of the function: a right one and a wrong one."""
LETTERS = "abcdefghijklmnopqrstuvwxyz"

STUDY = """\
name: a second round
seed: 7
rehearsal: true
model:
  id: {model}
  name: tiny
  parameters: 1M
  licence: MIT
  context_tokens: 1024
  chat: false
  benchmark: {{name: none, pass@1: unknown, pass@10: unknown}}
task_family: {{languages: [python], kinds: [algorithmic], surface: tests}}
heldout: {{tasks: jsonl, path: heldout.jsonl}}
pool: {{tasks: jsonl, path: pool.jsonl}}
diagnostics:
  samples: 8
  k: [1, 4]
  decoding: {{temperature: 1.0, top_p: 1.0, max_new_tokens: 64}}
budget:
  device: cpu
  hours: {{sampling: 1, training: 1, evaluation: 1}}
  price_per_hour: 1
  team_size: 1
  days_to_first_signal: 1
comparator: {{method: do-nothing, why: a test}}
failure_cost: {{checkpoints: all, blocker: any, rollback: one flip}}
arms:
  rejection-sampling:
    sampling: {{temperature: 1.0, top_k: 20, top_p: 0.98, per_prompt: 8, max_new_tokens: 64}}
    training: {{method: full, learning_rate: 3.0e-4, epochs: 2, batch_size: 8, max_length: 512}}
thresholds: {{round2_rule: paired}}
round2: {{pool: {{tasks: jsonl, path: more.jsonl}}, heldout: {{tasks: jsonl, path: fresh.jsonl}}}}
"""


def problems(prefix: str, count: int) -> Iterator[dict[str, Any]]:
    """Problems with one answer, whose prompts and tests have nothing in common."""
    source = random.Random(prefix)
    for number in range(count):
        words = " ".join("".join(source.choices(LETTERS, k=6)) for _ in range(8))
        given = source.randrange(10**6)
        test = f"assert f({given}) == {given + 1}"
        yield {"task_id": f"{prefix}/{number}", "prompt": words, "entry_point": "f", "test": test}


def write_problems(folder: Path) -> None:
    for name, count in (("heldout", 40), ("pool", 16), ("fresh", 40), ("more", 16)):
        rows = "".join(json.dumps(each) + "\n" for each in problems(name, count))
        (folder / f"{name}.jsonl").write_text(rows)


@pytest.fixture(scope="module")
def model(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny model, taught to answer a problem with either program, as often with the wrong one."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    folder = tmp_path_factory.mktemp("taught") / "model"
    tokenizer = transformers.AutoTokenizer.from_pretrained(tiny_model)
    torch.manual_seed(3)
    taught = transformers.AutoModelForCausalLM.from_pretrained(tiny_model, dtype=torch.float32)
    optimizer = torch.optim.AdamW(taught.parameters(), lr=3e-3)
    prompts = [render(each, chat=False) for each in lessons(folder.parent)]
    texts = [(each.user + each.prefix, answer) for each in prompts for answer in ANSWERS]
    source = random.Random(5)
    for _ in range(250):
        batch = [
            [tokenizer(part, add_special_tokens=False)["input_ids"] for part in pair]
            for pair in source.sample(texts, 8)
        ]
        longest = max(len(before) + len(after) for before, after in batch)
        ids = torch.full((len(batch), longest), tokenizer.pad_token_id)
        labels = torch.full((len(batch), longest), -100)
        for row, (before, after) in enumerate(batch):
            ids[row, : len(before) + len(after)] = torch.tensor(before + after)
            labels[row, len(before) : len(before) + len(after)] = torch.tensor(after)
        loss = taught(input_ids=ids, labels=labels).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    taught.to(torch.bfloat16).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def lessons(folder: Path) -> tuple[Problem, ...]:
    """Problems of their own to teach with, as passgap reads them."""
    place = folder / "lessons.jsonl"
    place.write_text("".join(json.dumps(each) + "\n" for each in problems("lessons", 64)))
    return load_tasks(str(place)).problems


@pytest.mark.slow
def test_a_second_round_runs_through_the_gate_from_one_command(model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    folder.mkdir()
    (folder / "study.yaml").write_text(STUDY.format(model=model))
    write_problems(folder)
    ran = invoke("run", str(folder), "--arm", "rejection-sampling")
    assert ran.code == 0, ran.stderr
    command = ["run", str(folder), "--round", "2", "--arm", "rejection-sampling"]
    gate = json.loads(invoke("gate", str(folder), "--arm", "rejection-sampling", "--json").stdout)
    assert gate["open"], json.dumps(gate["conditions"])
    shown = invoke(*command, "--json")
    assert shown.code == 0, shown.stderr
    report = json.loads(shown.stdout)
    (first,) = select(index_of(folder / "artifacts"), "rejection-sampling-model")
    (second,) = select(index_of(folder / "round-2" / "rejection-sampling" / "artifacts"), "rejection-sampling-model")
    checkpoint = folder / report["checkpoint"]
    assert second.value("base") == model_digest(first.folder / "checkpoint") != model_digest(checkpoint)
    changes = {
        (each["later"], each["earlier"]): each["comparison"]["delta"]["overall"]["pass@1"]
        for each in report["comparisons"]
    }
    assert changes["round 2", "base"]["low"] > 0.0 and changes["round 1", "base"]["low"] > 0.0
    kinds = [each.kind for each in Ledger(folder / "ledger.jsonl").entries()]
    assert kinds.index("gate") < kinds.index("round-2") < kinds.index("round-2/rejection-sampling/pre-registration")
    assert "Round 2 of" in (folder / "report.html").read_text()

    again = json.loads(invoke(*command, "--json").stdout)
    assert again["comparisons"] == report["comparisons"]
    for refused in (
        [*command[:2], "--round", "3"],
        [*command, "--arm", "ssd"],
        ["run", str(folder), "--round", "2", "--arm", "ssd"],
        ["check", str(another_study(folder, checkpoint))],
        ["run", str(another_study(folder, first.folder / "checkpoint"))],
    ):
        said = invoke(*refused)
        assert said.code == 2 and "Traceback" not in said.stderr, said


def another_study(folder: Path, model: Path) -> Path:
    """A study of its own of a model that this one trained."""
    other = folder.parent / "other"
    shutil.rmtree(other, ignore_errors=True)
    other.mkdir()
    write_problems(other)
    (other / "study.yaml").write_text(STUDY.format(model=model))
    return other
