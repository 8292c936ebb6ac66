"""LoRA adapters in PEFT's layout, which are sampled on the base model that they name."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from passgap.errors import EngineError
from passgap.models.resolution import resolve_model

_CONFIG = "adapter_config.json"


@dataclass(frozen=True)
class Adapter:
    """A LoRA adapter."""

    folder: Path
    base: Path
    """The folder of the model that it adapts."""
    rank: int


def adapter_in(folder: Path) -> Adapter | None:
    """The LoRA adapter in a folder; None where the folder holds a whole model.

    Raises:
        EngineError: the adapter does not name its base model, or the base model cannot be found.
    """
    path = folder / _CONFIG
    if not path.is_file():
        return None
    config = json.loads(path.read_text(encoding="utf-8"))
    base = config.get("base_model_name_or_path")
    if not base:
        raise EngineError(
            f"the adapter in {folder} does not say what it is an adapter of",
            [f"`base_model_name_or_path` in {_CONFIG} has to name a folder or a hub id."],
        )
    return Adapter(folder=folder, base=resolve_model(str(base)), rank=int(config["r"]))
