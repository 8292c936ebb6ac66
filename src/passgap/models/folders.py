"""Model folders in Hugging Face layout, loaded for sampling and for training alike."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from passgap.errors import EngineError
from passgap.paths import AnyPath
from passgap.quiet import quiet_libraries


def from_folder(kind: Any, folder: AnyPath, **options: Any) -> Any:
    """Load an object of a transformers class from a folder, without the network.

    Args:
        kind: the class, such as ``AutoTokenizer``.
        folder: the model's.
        options: what its ``from_pretrained`` takes besides.

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


def added_tokens(folder: AnyPath) -> frozenset[str] | None:
    """The tokens that a model folder's tokenizer has beside those of its vocabulary; None where it does not tell."""
    folder, found = Path(folder), set[str]()
    for name, field in (("tokenizer.json", "added_tokens"), ("tokenizer_config.json", "added_tokens_decoder")):
        try:
            listed = json.loads((folder / name).read_text(encoding="utf-8")).get(field) or []
        except (OSError, ValueError, AttributeError):
            continue
        entries = listed.values() if isinstance(listed, dict) else listed
        found |= {str(each["content"]) for each in entries if isinstance(each, dict) and "content" in each}
    return frozenset(found) if found or (folder / "tokenizer.json").is_file() else None


def has_chat_template(folder: AnyPath) -> bool | None:
    """Whether a model folder's tokenizer has a chat template; None where the folder does not tell.

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
