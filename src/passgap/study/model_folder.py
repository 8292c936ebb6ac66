"""Whether the folders that a study names hold what it says, as far as can be told without loading a model."""

from __future__ import annotations

from pathlib import Path

from passgap.errors import StudyError
from passgap.spec import PluginEngine, ServerEngine, StudySpec

EMBEDDED = "embedded"

_CONFIGURATION = ("config.json", "adapter_config.json")
_WEIGHTS = ("*.safetensors", "*.safetensors.index.json", "*.bin", "*.bin.index.json")
_TOKENIZER = ("tokenizer*.json", "vocab.*", "merges.txt", "*.model", "*.jinja")


def refuse_without_model(spec: StudySpec) -> None:
    """Refuse a model, or a served model's tokenizer, that is named by a path where there is none.

    A hub id (``owner/model``) is looked up when it is first needed, and not here.

    Raises:
        StudyError: there is no such folder, or it does not hold what is needed.
    """
    engine = spec.engine
    if isinstance(engine, ServerEngine):
        if engine.tokenizer is not None:
            _refuse("engine.tokenizer", engine.tokenizer, {"a tokenizer": _TOKENIZER})
        return
    if isinstance(engine, PluginEngine):
        return  # what a folder of its models holds, it knows alone
    _refuse("model.id", spec.model.id, {"config.json": _CONFIGURATION, "weights (*.safetensors)": _WEIGHTS})


def _refuse(field: str, name: str, needed: dict[str, tuple[str, ...]]) -> None:
    folder = Path(name).expanduser()
    if name == EMBEDDED:
        return
    if not folder.is_dir():
        if name.count("/") == 1 and not name.startswith((".", "~", "/")) and not name.endswith("/"):
            return
        what = "is a file" if folder.is_file() else "is not there"
        raise StudyError(
            f"{field}: {name} {what}",
            ["Name a folder in Hugging Face layout, a hub id `owner/model`, or `embedded`."],
        )
    lacking = [what for what, patterns in needed.items() if not any(any(folder.glob(each)) for each in patterns)]
    if lacking:
        kind = "model" if field == "model.id" else "tokenizer"
        raise StudyError(
            f"{field}: the folder {name} holds no {kind}",
            [f"It lacks {' and '.join(lacking)}. A folder in Hugging Face layout is needed."],
        )
