"""A supervised job as a script for TRL's ``SFTTrainer``, which ``accelerate launch`` runs on any number of devices."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from passgap.ports import ExportRequest, SupervisedJob
from passgap.trainers.exports._supervised import DATA, SCHEDULES, Rows, rows_of
from passgap.trainers.exports.base import ExportTarget, Written, base_of

FILE = "train.py"

COMMANDS = """\
With TRL 0.24 or later, on one device and on several:

```console
python train.py
accelerate launch train.py
```

The updates are the same on any number of devices that divides {batch}. The checkpoint is written into `checkpoint`, and
the losses into `losses.jsonl`, which `passgap import-checkpoint --log losses.jsonl` takes.
"""

SCRIPT = '''\
"""Fine-tunes the base model on `data.jsonl` with TRL, as it was registered."""

import json
import os
from pathlib import Path

import torch
from datasets import Dataset
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import SFTConfig, SFTTrainer

HERE = Path(__file__).resolve().parent
SETTINGS = json.loads("""
{settings}
""")

processes = int(os.environ.get("WORLD_SIZE", "1"))
share, left = divmod(SETTINGS["batch_size"], processes)
if left:
    raise SystemExit(f"{{SETTINGS['batch_size']}} examples of an update cannot be shared by {{processes}} processes")
at_once = next(size for size in range(min(SETTINGS["micro_batch_size"], share), 0, -1) if share % size == 0)
gpu = torch.cuda.is_available()
recomputed = SETTINGS["activation_checkpointing"]

tokenizer = AutoTokenizer.from_pretrained(SETTINGS["base"])
if tokenizer.pad_token is None:
    tokenizer.pad_token = tokenizer.eos_token
adapters = None
if SETTINGS["lora"] is not None:
    from peft import LoraConfig

    adapters = LoraConfig(**SETTINGS["lora"])
trainer = SFTTrainer(
    model=AutoModelForCausalLM.from_pretrained(SETTINGS["base"], dtype=torch.float32),
    args=SFTConfig(
        output_dir=str(HERE / "scratch"),
        per_device_train_batch_size=at_once,
        gradient_accumulation_steps=share // at_once,
        use_cpu=not gpu,
        bf16=gpu and torch.cuda.is_bf16_supported(),
        gradient_checkpointing=gpu if recomputed is None else recomputed,
        save_strategy="no",
        report_to="none",
        packing=False,
        max_length=None,
        dataset_kwargs={{"skip_prepare_dataset": True}},
        **SETTINGS["arguments"],
    ),
    train_dataset=Dataset.from_list([json.loads(line) for line in (HERE / "data.jsonl").open(encoding="utf-8")]),
    processing_class=tokenizer,
    peft_config=adapters,
)
trainer.train()
trainer.save_model(str(HERE / "checkpoint"))
if trainer.is_world_process_zero():
    losses = [entry for entry in trainer.state.log_history if "loss" in entry]
    lines = (json.dumps({{"step": entry["step"], "loss": entry["loss"]}}) + "\\n" for entry in losses)
    (HERE / "losses.jsonl").write_text("".join(lines), encoding="utf-8")
'''


class Trl(ExportTarget):
    """A script and its data."""

    name = "trl"
    caption = "Supervised fine-tuning with TRL."
    position = 30.0
    kinds = ("supervised",)

    def write(self, job: Any, request: ExportRequest, folder: Path) -> Written:
        """Write the rows and the script."""
        rows = rows_of(job)
        files = rows.write(folder)
        text = json.dumps(settings(job, request, rows), indent=2).replace("\\", "\\\\")
        (folder / FILE).write_text(SCRIPT.format(settings=text), encoding="utf-8")
        return Written(
            commands=COMMANDS.format(batch=job.config.batch_size),
            kept=f"the settings in `{FILE}`",
            counted=rows.counted,
            examples=len(rows.rows),
            dropped_too_long=rows.dropped_too_long,
            loss_tokens=rows.loss_tokens,
            files=[*files, FILE],
        )


def settings(job: SupervisedJob, request: ExportRequest, rows: Rows) -> dict[str, Any]:
    """The recipe in TRL's words."""
    config = job.config
    lora = {
        "r": config.lora_rank,
        "lora_alpha": config.lora_alpha,
        "lora_dropout": 0.0,
        "target_modules": "all-linear",
        "task_type": "CAUSAL_LM",
    }
    return {
        "base": base_of(job, request),
        "data": DATA,
        "batch_size": config.batch_size,
        "micro_batch_size": config.micro_batch_size,
        "lora": lora if config.method == "lora" else None,
        "activation_checkpointing": config.activation_checkpointing,
        "arguments": {
            "max_steps": rows.steps,
            "learning_rate": config.learning_rate,
            "lr_scheduler_type": SCHEDULES[config.schedule],
            "warmup_steps": round(rows.steps * config.warmup_ratio),
            "weight_decay": config.weight_decay,
            "adam_beta1": config.adam_beta1,
            "adam_beta2": config.adam_beta2,
            "max_grad_norm": config.max_grad_norm,
            "logging_steps": max(1, rows.steps // 200),
            "seed": job.seed,
            "data_seed": job.seed,
        },
    }


EXPORT = Trl()
