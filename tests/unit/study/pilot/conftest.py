"""A scripted study with a search for a recipe, opened again and again in one folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from passgap.study import Study
from searched import open_search


@pytest.fixture
def drawn() -> Counter[str]:
    return Counter()


@pytest.fixture
def opened(tmp_path: Path, drawn: Counter[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Study]:
    def again(pilot: dict[str, Any] | None = None, **further: Any) -> Study:
        return open_search(tmp_path / "study", drawn, monkeypatch, pilot, **further)

    return again
