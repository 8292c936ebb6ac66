"""The embedded model, for the tests that are marked slow."""

from __future__ import annotations

from pathlib import Path

import pytest

from passgap.errors import EngineError
from passgap.models.embedded import embedded_model


@pytest.fixture(scope="session")
def embedded_folder() -> Path:
    """The embedded model's folder; it is fetched where the machine does not have it yet."""
    try:
        return embedded_model()
    except EngineError as error:
        pytest.skip(f"the embedded model is not at hand: {error}")
