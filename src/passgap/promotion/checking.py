"""Checks the gateway's settings without serving."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from passgap.errors import StudyError
from passgap.promotion.gateway.admission import keys_of
from passgap.promotion.gateway.settings_file import read_settings
from passgap.promotion.settings import GatewaySettings


def check_settings(path: Path, environment: Mapping[str, str] = os.environ) -> GatewaySettings:
    """Read the settings and the keys that they name.

    Raises:
        StudyError: everything that is wrong or missing.
    """
    settings = read_settings(path)
    _, problems = keys_of(settings, environment)
    if problems:
        raise StudyError(f"{path}: keys are missing", problems)
    return settings
