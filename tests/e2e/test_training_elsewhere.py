"""An export holds the examples that would be trained on here, and an import takes its place in the study."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from command_line import invoke
from passgap.errors import PassgapError
from passgap.models.dtypes import choose_dtype
from passgap.ports import DeclaredTraining
from passgap.stages import Silent
from passgap.store import StudyFolder
from passgap.study import Study
from passgap.wiring import open_study

MakeStudy = Callable[[str], Path]
ARM = "sft-external"

TALK = [
    {"role": "user", "content": "Name a bird."},
    {"role": "assistant", "content": "It is 8."},
    {"role": "user", "content": "And a number?"},
    {"role": "assistant", "content": "It is 9."},
]
ROWS: list[dict[str, Any]] = [
    {"messages": TALK},
    *({"prompt": f"How much is {number}?", "completion": f"It is {number}."} for number in range(5)),
]
ROWS.append({"prompt": "Go on.", "completion": "and so on " * 400})


@pytest.fixture
def registered(make_study: MakeStudy) -> Path:
    """A study whose arm on external data is registered, and not trained."""
    folder = make_study("elsewhere")
    (folder / "curated.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    study = yaml.safe_load((folder / "study.yaml").read_text())
    training = study.pop("training") | {"batch_size": 2, "epochs": 2}
    study.pop("sampling")
    study["arms"] = {ARM: {"data": "curated.jsonl", "licence": "CC0-1.0", "training": training}}
    (folder / "study.yaml").write_text(yaml.safe_dump(study))
    open_study(folder, Silent()).register(ARM)
    return folder


def opened(folder: Path) -> Study:
    return open_study(folder, Silent())


def base_of(folder: Path) -> Path:
    return Path(yaml.safe_load((folder / "study.yaml").read_text())["model"]["id"])


def tuned(folder: Path, where: Path, change: Callable[[Any], None] | None = None) -> Path:
    """A checkpoint of the base model with one changed weight, saved in float32, as other programs do."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    model = transformers.AutoModelForCausalLM.from_pretrained(base_of(folder), dtype=torch.float32)
    with torch.no_grad():
        model.lm_head.weight[5] += 0.5
    if change is not None:
        change(model)
    model.save_pretrained(where)
    transformers.AutoTokenizer.from_pretrained(base_of(folder)).save_pretrained(where)
    return where


def test_the_exported_rows_are_those_that_are_trained_on_here_once(registered: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    ran = invoke("export", str(registered), "--arm", ARM, "--to", "axolotl", "--out", str(out), "--json")
    assert ran.code == 0, ran.stderr
    written = json.loads(ran.stdout)
    assert (written["examples"], written["dropped_too_long"]) == (6, 1)
    assert sorted(path.name for path in out.iterdir()) == sorted(written["files"])
    assert not list((registered / "artifacts").glob(f"{ARM}-model-*")), "nothing is begun"

    rows = [json.loads(line) for line in (out / "data.jsonl").read_text().splitlines()]
    assert {tuple(row) for row in rows} == {("input_ids", "labels", "attention_mask")}
    texts = [json.loads(line)["segments"] for line in (out / "examples.jsonl").read_text().splitlines()]
    said = [[each["text"] for each in part if each["label"]] for part in texts]
    assert sorted(said) == sorted(
        [*([f"It is {number}.<|im_end|>"] for number in range(5)), ["It is 8.<|im_end|>", "It is 9.<|im_end|>"]]
    )

    recipe = yaml.safe_load((out / "axolotl.yaml").read_text())
    assert recipe["datasets"] == [{"path": "data.jsonl", "ds_type": "json", "type": None}]
    assert recipe["max_steps"] == 6 and recipe["micro_batch_size"] * recipe["gradient_accumulation_steps"] == 2
    page = (out / "README.md").read_text()
    [entry] = StudyFolder(registered).ledger.of_kind("pre-registration")
    assert entry.hash in page and "passgap import-checkpoint STUDY --arm sft-external" in page
    facts = json.loads((out / "export.json").read_text())
    assert facts["base_digest"] in page and facts["registration"] == entry.hash

    trained = opened(registered).train(ARM).training
    assert trained is not None and trained.trained == 6 and trained.tokens == 2 * written["loss_tokens"]
    with pytest.raises(PassgapError, match="was trained here already"):
        opened(registered).import_checkpoint(ARM, DeclaredTraining(checkpoint=base_of(registered), hours=1.0))
    again = invoke("export", str(registered), "--arm", ARM, "--to", "jsonl", "--out", str(tmp_path / "again"))
    assert again.code == 0, "what is trained can be exported too"
    assert (tmp_path / "again" / "data.jsonl").read_bytes() == (out / "data.jsonl").read_bytes()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--arm", ARM, "--to", "verl"), "does not take the arm `sft-external`, whose training is supervised"),
        (("--arm", ARM, "--to", "nothing"), "there is no export target named `nothing`"),
        (("--arm", "base", "--to", "trl"), "the base arm trains nothing"),
        (("--arm", ARM, "--to", "trl", "--seed", "9"), "is not trained with the seed 9"),
        (("--arm", "ssd", "--to", "trl"), "is not pre-registered"),
    ],
)
def test_what_cannot_be_exported_says_why(
    registered: Path, tmp_path: Path, options: tuple[str, ...], said: str
) -> None:
    refused = invoke("export", str(registered), *options, "--out", str(tmp_path / "out"))
    assert refused.code == 2 and said in " ".join(refused.stderr.split())


def test_nothing_is_overwritten(registered: Path, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").write_text("kept")
    refused = invoke("export", str(registered), "--arm", ARM, "--to", "trl", "--out", str(tmp_path / "full"))
    assert refused.code == 2 and "is there already" in " ".join(refused.stderr.split())


def test_a_checkpoint_is_imported_once_with_its_hours(registered: Path, tmp_path: Path) -> None:
    checkpoint = tuned(registered, tmp_path / "given")
    (tmp_path / "losses.jsonl").write_text('{"step": 1, "loss": 2.5}\n{"step": 6, "loss": 1.5}\n')
    command = ("import-checkpoint", str(registered), "--arm", ARM, "--checkpoint", str(checkpoint), "--hours", "0.5")
    options = ("--device", "H100", "--log", str(tmp_path / "losses.jsonl"))
    said = invoke(*command, *options)
    assert said.code == 0 and "declared and not metered" in said.stdout, said.stderr
    [entry] = StudyFolder(registered).ledger.of_kind("imported-checkpoint")
    payload: Any = entry.payload
    assert payload["arm"] == ARM and payload["hours"] == 0.5 and payload["device"] == "H100"
    assert len(payload["checkpoint"]) == len(payload["model"]) == 64
    [manifest] = [each.manifest for each in StudyFolder(registered).index() if each.kind == "model"]
    assert manifest is not None and manifest.facts["seconds"] == pytest.approx(1800.0, abs=5.0)

    assert invoke(*command, *options).code == 0, "the same again changes nothing"
    assert len(StudyFolder(registered).ledger.of_kind("imported-checkpoint")) == 1
    other = invoke(*command[:-1], "0.7")
    assert other.code == 2 and "hours: 0.5 then, 0.7 now" in other.stderr

    taken = opened(registered).train(ARM)
    assert taken.training is not None and taken.training.losses == ((1, 2.5), (6, 1.5)), "there is nothing to train"


def test_adapters_are_merged_in_full_precision(registered: Path, tmp_path: Path) -> None:
    torch, peft = pytest.importorskip("torch"), pytest.importorskip("peft")
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(3)
    base = transformers.AutoModelForCausalLM.from_pretrained(base_of(registered), dtype=torch.float32)
    before = base.model.layers[0].mlp.down_proj.weight.detach().clone()
    model = peft.get_peft_model(base, peft.LoraConfig(r=2, lora_alpha=4, target_modules="all-linear"))
    layer = model.base_model.model.model.layers[0].mlp.down_proj
    with torch.no_grad():
        layer.lora_B["default"].weight.normal_()
    delta = 2.0 * layer.lora_B["default"].weight @ layer.lora_A["default"].weight
    model.save_pretrained(tmp_path / "adapters")
    taken = opened(registered).import_checkpoint(ARM, DeclaredTraining(checkpoint=tmp_path / "adapters", hours=1.0))
    merged = transformers.AutoModelForCausalLM.from_pretrained(taken.checkpoint)
    dtype = getattr(torch, choose_dtype("auto", "cpu").dtype)
    assert merged.dtype == dtype, "what the study's engine computes in"
    assert torch.equal(merged.model.layers[0].mlp.down_proj.weight, (before + delta).to(dtype))
    assert taken.training is not None and taken.training.losses == () and taken.training.trained == 6


def vocabulary(model: Any) -> None:
    model.resize_token_embeddings(model.config.vocab_size + 8)


def infinite(model: Any) -> None:
    model.model.norm.weight.data[0] = float("inf")


@pytest.mark.parametrize(
    ("change", "said"),
    [(vocabulary, "`vocab_size` is 367, and the base model's is 359"), (infinite, "holds weights that are not finite")],
)
def test_weights_that_cannot_be_the_base_models_are_refused(
    registered: Path, tmp_path: Path, change: Callable[[Any], None], said: str
) -> None:
    checkpoint = tuned(registered, tmp_path / "given", change)
    with pytest.raises(PassgapError) as caught:
        opened(registered).import_checkpoint(ARM, DeclaredTraining(checkpoint=checkpoint, hours=1.0))
    assert said in str(caught.value)
    opened(registered).import_checkpoint(ARM, DeclaredTraining(checkpoint=tuned(registered, tmp_path / "b"), hours=1.0))


def test_what_is_no_checkpoint_of_the_base_model_is_refused_with_every_reason(
    registered: Path, tmp_path: Path, other_model: Path
) -> None:
    def refused(checkpoint: Path, hours: float = 1.0) -> str:
        with pytest.raises(PassgapError) as caught:
            opened(registered).import_checkpoint(ARM, DeclaredTraining(checkpoint=checkpoint, hours=hours))
        return str(caught.value)

    assert "holds the base model's own weights" in refused(base_of(registered))
    architecture = refused(other_model)
    assert "`model_type` is 'gpt2', and the base model's is 'llama'" in architecture
    assert "tensors of the base model are missing" in architecture
    assert "is no folder" in refused(tmp_path / "nowhere")
    (tmp_path / "pickled").mkdir()
    (tmp_path / "pickled" / "pytorch_model.bin").write_bytes(b"x")
    assert "holds no safetensors file" in refused(tmp_path / "pickled")
    (tmp_path / "torn").mkdir()
    (tmp_path / "torn" / "model.safetensors").write_bytes(b"x")
    assert "cannot be read" in refused(tmp_path / "torn")
    renamed = tuned(registered, tmp_path / "renamed")
    tokenizer = json.loads((renamed / "tokenizer.json").read_text())
    first, second, *_ = sorted(tokenizer["model"]["vocab"])
    ids = tokenizer["model"]["vocab"]
    ids[first], ids[second] = ids[second], ids[first]
    (renamed / "tokenizer.json").write_text(json.dumps(tokenizer))
    assert "2 tokens have another id" in refused(renamed)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "adapter_config.json").write_text('{"peft_type": "LORA"}')
    layer = "base_model.model.model.layers.0.mlp.down_proj"
    tensors = {f"{layer}.lora_A.weight": [2, 99], f"{layer}.lora_B.weight": [64, 2], "x.lora_A.weight": [2, 2]}
    torch, save_file = pytest.importorskip("torch"), pytest.importorskip("safetensors.torch").save_file
    save_file({name: torch.zeros(shape) for name, shape in tensors.items()}, tmp_path / "other" / "a.safetensors")
    adapters = refused(tmp_path / "other")
    assert "1 adapters are of modules that the base model does not have: x" in adapters
    assert f"1 adapters do not fit the base model's weights: {layer}.lora_A.weight [2, 99]" in adapters
    (tmp_path / "other" / "adapter_config.json").write_text('{"peft_type": "IA3"}')
    assert "`peft_type` is 'IA3'" in refused(tmp_path / "other")
    (tmp_path / "log.json").write_text(json.dumps({"log_history": [{"step": 1, "loss": float("nan")}]}))
    with pytest.raises(PassgapError, match="not finite"):
        opened(registered).import_checkpoint(
            ARM, DeclaredTraining(checkpoint=renamed, hours=1.0, log=tmp_path / "log.json")
        )
    assert invoke("import-checkpoint", str(registered), "--checkpoint", "x", "--hours", "0").code == 2
    unregistered = shutil.copytree(registered, tmp_path / "unregistered")
    (unregistered / "ledger.jsonl").unlink()
    with pytest.raises(PassgapError, match="is not pre-registered"):
        opened(unregistered).import_checkpoint(ARM, DeclaredTraining(checkpoint=renamed, hours=1.0))
    assert not StudyFolder(registered).ledger.of_kind("imported-checkpoint")


@pytest.mark.slow
def test_pairs_are_exported_as_tokens_and_a_checkpoint_trained_on_them_is_imported(
    registered: Path, tmp_path: Path
) -> None:
    rows = [{"prompt": f"Say {number}.", "chosen": f"{number}.", "rejected": "No."} for number in range(4)]
    (registered / "pairs.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    study = yaml.safe_load((registered / "study.yaml").read_text())
    study["arms"] = {"dpo": {"pairs_path": "pairs.jsonl", "training": {"batch_size": 2}}}
    (registered / "study.yaml").write_text(yaml.safe_dump(study))
    opened(registered).register("dpo")
    written = opened(registered).export("dpo", "jsonl", tmp_path / "out")
    assert written.examples == 4 and json.loads((tmp_path / "out" / "export.json").read_text())["loss"]["kind"] == "dpo"
    pairs = [json.loads(line) for line in (tmp_path / "out" / "data.jsonl").read_text().splitlines()]
    assert all(pair["ref_chosen_logps"] < 0.0 and pair["chosen_ids"][-1] == pair["rejected_ids"][-1] for pair in pairs)
    texts = [json.loads(line) for line in (tmp_path / "out" / "examples.jsonl").read_text().splitlines()]
    assert {text["rejected"] for text in texts} == {"No.<|im_end|>"}
    declared = DeclaredTraining(checkpoint=tuned(registered, tmp_path / "given"), hours=1.0)
    taken = opened(registered).import_checkpoint("dpo", declared).training
    assert taken is not None and (taken.trained, taken.steps, taken.tokens) == (4, 2, written.loss_tokens)


@pytest.mark.slow
def test_the_script_for_trl_trains_what_can_be_imported(registered: Path, tmp_path: Path) -> None:
    opened(registered).export(ARM, "trl", str(tmp_path / "out"))
    subprocess.run([sys.executable, tmp_path / "out" / "train.py"], check=True, capture_output=True, cwd=tmp_path)
    declared = DeclaredTraining(
        checkpoint=tmp_path / "out" / "checkpoint", hours=0.01, log=tmp_path / "out" / "losses.jsonl"
    )
    taken = opened(registered).import_checkpoint(ARM, declared)
    assert taken.training is not None and taken.training.steps == 6
