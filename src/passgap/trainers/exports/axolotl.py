"""A supervised job for axolotl: its configuration, and data that are tokenised already.

axolotl takes rows with exactly ``input_ids``, ``attention_mask`` and ``labels`` as they are where a dataset has no
``type`` (https://docs.axolotl.ai/docs/dataset-formats/tokenized.html), so that neither template nor masks can differ.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from passgap.ports import ExportRequest, SupervisedJob
from passgap.trainers.exports._supervised import DATA, SCHEDULES, Rows, batches, rows_of
from passgap.trainers.exports.base import ExportTarget, Written, base_of

FILE = "axolotl.yaml"

COMMANDS = """\
In this folder, on one device:

```console
axolotl train axolotl.yaml
```

On several devices, divide `gradient_accumulation_steps` by their number, so that an update still takes {batch}
examples. The checkpoint is written into `checkpoint`; LoRA adapters can be imported as they are.
"""


class Axolotl(ExportTarget):
    """axolotl's configuration and data."""

    name = "axolotl"
    caption = "Supervised fine-tuning with axolotl."
    position = 10.0
    kinds = ("supervised",)

    def write(self, job: Any, request: ExportRequest, folder: Path) -> Written:
        """Write the rows and the configuration."""
        rows = rows_of(job)
        files = rows.write(folder)
        text = yaml.safe_dump(configuration(job, request, rows), sort_keys=False)
        (folder / FILE).write_text(text, encoding="utf-8")
        return Written(
            commands=COMMANDS.format(batch=job.config.batch_size),
            kept=f"the settings in `{FILE}`",
            counted=rows.counted,
            examples=len(rows.rows),
            dropped_too_long=rows.dropped_too_long,
            loss_tokens=rows.loss_tokens,
            files=[*files, FILE],
        )


def configuration(job: SupervisedJob, request: ExportRequest, rows: Rows) -> dict[str, Any]:
    """The recipe in axolotl's words, for one device."""
    config, (micro, accumulated) = job.config, batches(job)
    settings: dict[str, Any] = {
        "base_model": base_of(job, request),
        "datasets": [{"path": DATA, "ds_type": "json", "type": None}],
        "dataset_prepared_path": "prepared",
        "val_set_size": 0.0,
        "output_dir": "checkpoint",
        "sequence_len": config.max_length,
        "sample_packing": False,
        "pad_to_sequence_len": False,
        "train_on_inputs": False,
        "group_by_length": True,
        "micro_batch_size": micro,
        "gradient_accumulation_steps": accumulated,
        "num_epochs": config.epochs,
        "max_steps": rows.steps,
        "optimizer": "adamw_torch",
        "adam_beta1": config.adam_beta1,
        "adam_beta2": config.adam_beta2,
        "weight_decay": config.weight_decay,
        "max_grad_norm": config.max_grad_norm,
        "learning_rate": config.learning_rate,
        "lr_scheduler": SCHEDULES[config.schedule],
        "warmup_steps": round(rows.steps * config.warmup_ratio),
        "bf16": "auto",
        "gradient_checkpointing": config.activation_checkpointing is not False,
        "logging_steps": max(1, rows.steps // 200),
        "save_only_model": True,
        "seed": job.seed,
    }
    if config.method == "lora":
        settings |= {
            "adapter": "lora",
            "lora_r": config.lora_rank,
            "lora_alpha": config.lora_alpha,
            "lora_dropout": 0.0,
            "lora_target_linear": True,
        }
    if rows.tokenizer.pad_token is None:
        settings["special_tokens"] = {"pad_token": str(rows.tokenizer.eos_token)}
    return settings


EXPORT = Axolotl()
