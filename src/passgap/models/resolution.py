"""Model ids to folders, and folders to hashes."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path

from passgap.errors import EngineError
from passgap.models.cache import cache_folder
from passgap.models.embedded import embedded_model
from passgap.paths import AnyPath
from passgap.quiet import quiet_libraries

EMBEDDED = "embedded"

_TOKENIZER = ("tokenizer*.json", "*.jinja", "vocab.json", "merges.txt", "*.model")
_HASHED = ("*.safetensors", "config.json", "adapter_*.json", "tokenizer*.json", "*.jinja", "vocab.json", "merges.txt")
_FETCHED = ("*.json", "*.txt", "*.model", "*.jinja")


def resolve_model(name: AnyPath) -> Path:
    """Turn a model id into a folder: ``embedded``, a folder, or a hub id that is fetched once.

    Raises:
        EngineError: there is no such folder, and the hub does not give the model.
    """
    return _resolve(os.fspath(name), ("*.safetensors", *_FETCHED))


def resolve_tokenizer(name: AnyPath) -> Path:
    """Turn a model id into a folder that holds its tokenizer; of a hub id no weights are fetched.

    Raises:
        EngineError: there is no such folder, or the hub does not give the model.
    """
    return _resolve(os.fspath(name), _FETCHED)


def _resolve(name: str, patterns: tuple[str, ...]) -> Path:
    if name == EMBEDDED:
        return embedded_model()
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder
    if name.count("/") != 1:
        raise EngineError(f"there is no model folder {name}", ["Name a folder, a hub id `owner/model`, or `embedded`."])
    from huggingface_hub import snapshot_download  # noqa: PLC0415 - loaded when it is needed
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError  # noqa: PLC0415

    try:
        with quiet_libraries(bars=True):
            return Path(snapshot_download(name, allow_patterns=list(patterns), cache_dir=cache_folder() / "hub"))
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError, ValueError) as error:
        raise EngineError(
            f"the model {name} could not be fetched",
            [f"{type(error).__name__}: {error}. Check the name and the connection, or name a folder."],
        ) from error


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

    Hashing large weights takes seconds, so the result is kept in the cache for files of the same size and time.
    """
    folder = Path(folder)
    files = sorted({path for pattern in _HASHED for path in folder.glob(pattern)})
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
