"""Model folders in Hugging Face layout, loaded for sampling and for training alike."""

from __future__ import annotations

import json
import math
import struct
from pathlib import Path
from typing import Any

from passgap.errors import EngineError
from passgap.paths import AnyPath
from passgap.quiet import quiet_libraries


def from_folder(kind: Any, folder: AnyPath, **options: Any) -> Any:
    """Load what a class of transformers makes of a folder, without the network.

    Raises:
        EngineError: the folder does not hold it.
    """
    folder = Path(folder)
    try:
        with quiet_libraries():
            return kind.from_pretrained(folder, local_files_only=True, **options)
    except (OSError, ValueError) as error:
        raise EngineError(
            f"the model in {folder} cannot be loaded", [f"{error}. A folder in Hugging Face layout is needed."]
        ) from error


def parameters_in(folder: AnyPath) -> int | None:
    """How many parameters a model folder holds; None where its weights are not there, or do not say.

    No weight is read: safetensors state their shapes in their first bytes.
    """
    folder = Path(folder)
    files = sorted(folder.glob("*.safetensors"))
    if not files or _packed(folder):
        return None
    try:
        return sum(_parameters(path) for path in files)
    except (OSError, ValueError, KeyError, struct.error):
        return None


def _packed(folder: Path) -> bool:
    """Whether weights are quantised: several of them may share one number of a tensor."""
    try:
        return bool(json.loads((folder / "config.json").read_text(encoding="utf-8")).get("quantization_config"))
    except (OSError, ValueError, AttributeError):
        return False


def _parameters(path: Path) -> int:
    with path.open("rb") as handle:
        (length,) = struct.unpack("<Q", handle.read(8))
        header = json.loads(handle.read(min(length, path.stat().st_size)))
    return sum(math.prod(tensor["shape"]) for name, tensor in header.items() if name != "__metadata__")


def has_chat_template(folder: AnyPath) -> bool | None:
    """Whether a model folder's tokenizer has a template for conversations; None where the folder does not tell.

    No library is loaded for it: the template is a file of its own, or an entry of the tokenizer's configuration.
    """
    folder = Path(folder)
    if any((folder / name).is_file() for name in ("chat_template.jinja", "chat_template.json")):
        return True
    if any(folder.glob("additional_chat_templates/default.jinja")):
        return True
    try:
        settings = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
    except OSError:
        return False if (folder / "tokenizer.json").is_file() else None
    except ValueError:
        return None
    found = settings.get("chat_template") if isinstance(settings, dict) else None
    if isinstance(found, list):
        return any(isinstance(each, dict) and each.get("name") == "default" for each in found)
    return bool(found)
