"""Hashes of model folders: of weights, configuration and tokenizer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from passgap.errors import EngineError
from passgap.models.cache import cache_folder
from passgap.paths import AnyPath

_TOKENIZER = ("tokenizer*.json", "*.jinja", "vocab.json", "merges.txt", "*.model")
_MODEL = ("*.safetensors", "config.json", "adapter_*.json", "tokenizer*.json", "*.jinja", "vocab.json", "merges.txt")


def tokenizer_digest(folder: AnyPath) -> str:
    """The hash of a model's tokenizer and chat template.

    Raises:
        EngineError: there is none in this folder.
    """
    folder = Path(folder)
    files = sorted({path for pattern in _TOKENIZER for path in folder.glob(pattern)})
    if not files:
        raise EngineError(f"{folder} holds no tokenizer", ["A folder in Hugging Face layout is needed."])
    return _digest_of_files(files)


def model_digest(folder: AnyPath) -> str:
    """The hash of a model's weights, configuration and tokenizer.

    Hashing large weights takes seconds, so the result is kept in the cache for files of the same size and modification
    time.

    Raises:
        EngineError: there is none in this folder.
    """
    folder = Path(folder)
    files = sorted({path for pattern in _MODEL for path in folder.glob(pattern)})
    if not files:
        raise EngineError(f"{folder} holds no model", ["A folder in Hugging Face layout with safetensors is needed."])
    stamp = json.dumps([[path.name, path.stat().st_size, path.stat().st_mtime_ns] for path in files])
    key = hashlib.sha256(f"{folder.resolve()}{stamp}".encode()).hexdigest()
    remembered = cache_folder() / "digests" / key
    if remembered.exists():
        return remembered.read_text(encoding="ascii")
    digest = _digest_of_files(files)
    remembered.parent.mkdir(parents=True, exist_ok=True)
    staged = remembered.with_suffix(".partial")
    staged.write_text(digest, encoding="ascii")
    staged.replace(remembered)
    return digest


def _digest_of_files(files: Sequence[Path]) -> str:
    whole = hashlib.sha256()
    for path in files:
        with path.open("rb") as handle:
            whole.update(f"{path.name}:{hashlib.file_digest(handle, 'sha256').hexdigest()}\n".encode())
    return whole.hexdigest()
