"""The number of parameters of a model whose weights are on this machine."""

from __future__ import annotations

import json
import math
import struct
from pathlib import Path

from passgap.models.cache import EMBEDDED_FOLDER, cache_folder
from passgap.paths import AnyPath


def parameters_on_disk(name: str) -> int | None:
    """The number of parameters of a model whose weights are here already; None where they are not.

    Nothing is fetched.

    Args:
        name: ``embedded``, a folder, or a hub id.
    """
    if name == "embedded":
        return parameters_in(cache_folder() / EMBEDDED_FOLDER)
    folder = Path(name).expanduser()
    if folder.is_dir():
        return parameters_in(folder)
    owner, _, model = name.partition("/")
    fetched = cache_folder() / "hub" / f"models--{owner}--{model}" / "snapshots"
    snapshots = sorted(fetched.iterdir(), key=lambda path: path.stat().st_mtime) if fetched.is_dir() else []
    return parameters_in(snapshots[-1]) if snapshots else None


def parameters_in(folder: AnyPath) -> int | None:
    """The number of parameters in a model folder; None where its weights are absent or quantised.

    No weight is read: safetensors state their shapes in their first bytes.
    """
    folder = Path(folder)
    files = sorted(folder.glob("*.safetensors"))
    if not files or _quantised(folder):
        return None
    try:
        return sum(_parameters(path) for path in files)
    except (OSError, ValueError, KeyError, struct.error):
        return None


def _quantised(folder: Path) -> bool:
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
