"""The paper's study files: their plans, and every step but their size on tiny models of the same architectures."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from passgap.stages import Silent
from passgap.wiring import open_study

ROOT = Path(__file__).parents[2]
PAPER = sorted((ROOT / "examples" / "paper").glob("*.yaml"))
LIKE = Path(os.environ.get("PASSGAP_LCB_LIKE", ROOT.parent / "shared" / "data" / "lcb_like"))
needs_data = pytest.mark.skipif(not LIKE.exists(), reason="the folder lcb_like is not here; set PASSGAP_LCB_LIKE")


def laid_out(folder: Path, example: Path, changes: dict[str, Any]) -> dict[str, Any]:
    """Write a study file of the paper into a folder, with invented problems beside it and some fields changed."""
    study = yaml.safe_load(example.read_text(encoding="utf-8"))
    for path, value in changes.items():
        *parents, last = path.split(".")
        place = study
        for parent in parents:
            place = place[parent]
        if value is None:
            place.pop(last, None)
        else:
            place[last] = value
    (folder / "study.yaml").write_text(yaml.safe_dump(study, sort_keys=False))
    shutil.copy(LIKE / "lcb_like.jsonl", folder / "test6.jsonl")
    seeds = [
        {"question_id": f"s{number}", "question": f"Read a number of {word}s, print {number} more.", "starter_code": ""}
        for number, word in enumerate(("apple", "bridge", "candle", "desert", "engine", "forest"))
    ]
    (folder / "seed_sft").mkdir()
    (folder / "seed_sft" / "part.jsonl").write_text("".join(json.dumps(row) + "\n" for row in seeds))
    return study


@needs_data
@pytest.mark.parametrize("example", PAPER, ids=lambda path: path.stem)
def test_the_plan_is_priced_from_the_stated_speed(example: Path, tmp_path: Path) -> None:
    study = laid_out(tmp_path, example, {"heldout.at_least": 10, "frontier": None, "development": None})
    plan = open_study(tmp_path, Silent()).plan()
    given = study["throughput"]
    assert plan.throughput.source.startswith("the study's `throughput`") and plan.first_signal.devices == 8
    base = plan.steps[0].price
    assert base.samples == 10 * 10 and base.tokens == 100 * given["tokens_per_sample"]
    seconds = base.tokens / given["tokens_per_second"] + 100 * given["run_seconds_per_sample"]
    assert base.hours == pytest.approx(seconds / 3600) and base.money == pytest.approx(5 * base.hours)
    tune = next(step for step in plan.steps if step.part.value == "training")
    assert tune.price.hours == pytest.approx(tune.price.tokens / given["training_tokens_per_second"] / 3600)
    assert "throughput" in tune.basis


def write_qwen(folder: Path, source: Path, *, experts: bool) -> Path:
    """Write a Qwen3 of two small layers with random weights, dense or a mixture of experts."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    tokenizer = transformers.AutoTokenizer.from_pretrained(source)
    shared = dict(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=8,
        max_position_embeddings=2048,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    torch.manual_seed(3)
    if experts:
        config = transformers.Qwen3MoeConfig(
            **shared, num_experts=4, num_experts_per_tok=2, moe_intermediate_size=16, decoder_sparse_step=1
        )
        model = transformers.Qwen3MoeForCausalLM(config)
    else:
        model = transformers.Qwen3ForCausalLM(transformers.Qwen3Config(**shared))
    model.to(torch.float32).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@needs_data
@pytest.mark.slow
@pytest.mark.parametrize("experts", [False, True], ids=["qwen3", "qwen3-moe"])
def test_every_step_but_the_size(experts: bool, tiny_model: Path, tmp_path: Path) -> None:
    model = write_qwen(tmp_path / "model", tiny_model, experts=experts)
    folder = tmp_path / "study"
    folder.mkdir()
    laid_out(
        folder,
        ROOT / "examples" / "paper" / "qwen3-30b-a3b.yaml",
        {
            "model.id": str(model),
            "model.parameters": "100K",
            "model.active_parameters": None,
            "model.context_tokens": 1024,
            "heldout.at_least": 10,
            "engine": {"dtype": "float32"},
            "diagnostics.samples": 5,
            "diagnostics.decoding.max_new_tokens": 24,
            "frontier": None,
            "development": None,
            "budget.device": "cpu",
            "arms.ssd.heldout_samples": 5,
            "arms.ssd.sampling.max_new_tokens": 24,
            "arms.ssd.sampling.drop_stubs": False,
            "arms.ssd.training.max_length": 512,
            "arms.ssd.training.epochs": 2,
            "arms.ssd.training.batch_size": 2,
        },
    )
    study = open_study(folder, Silent())
    report = study.run(["ssd"])
    assert [arm.arm for arm in report.arms] == ["ssd"]
    scorings = json.loads((folder / "scorings.json").read_text())
    assert (scorings["first"], scorings["second"]) == ("ml-ssd", "livecodebench")
    assert set(scorings["models"]) == {"base", "ssd"}
    assert all(each["disagreements"]["compared"] == 50 for each in scorings["models"].values())
