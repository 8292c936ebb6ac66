"""From the id of a model to its folder: the embedded model, a folder, or a model of the Hugging Face hub."""

from __future__ import annotations

import os
from pathlib import Path

from passgap.errors import EngineError
from passgap.models.cache import cache_folder
from passgap.paths import AnyPath
from passgap.quiet import quiet_libraries

EMBEDDED = "embedded"

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
        from passgap.models.embedded import embedded_model  # noqa: PLC0415 - most commands resolve no model

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
