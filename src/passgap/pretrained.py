"""Model folders in Hugging Face layout, loaded for sampling and for training alike."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from passgap.errors import EngineError


def from_folder(kind: Any, folder: Path, **options: Any) -> Any:
    """Load what a class of transformers makes of a folder, without the network.

    Raises:
        EngineError: the folder does not hold it.
    """
    try:
        return kind.from_pretrained(folder, local_files_only=True, **options)
    except (OSError, ValueError) as error:
        raise EngineError(
            f"the model in {folder} cannot be loaded", [f"{error}. A folder in Hugging Face layout is needed."]
        ) from error
