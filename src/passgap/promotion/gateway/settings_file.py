"""The file of the gateway's settings on disk."""

from __future__ import annotations

from pathlib import Path

from passgap.errors import StudyError
from passgap.promotion.settings import GatewaySettings, parse_settings


def read_settings(path: Path) -> GatewaySettings:
    """Read the settings.

    Raises:
        StudyError: the file cannot be read, or everything that is wrong in it.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise StudyError(
            f"{path} cannot be read",
            [f"{error}. The gateway's settings are in the file `serve.yaml` of the study's folder."],
        ) from error
    return parse_settings(text, str(path))
