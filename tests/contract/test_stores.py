"""The folder of a study keeps the contract of a store, opened for writing and for reading."""

from __future__ import annotations

from pathlib import Path

from passgap.store import StudyFolder
from passgap.testing import StoreContract


class TestStudyFolder(StoreContract):
    def make(self, folder: Path) -> StudyFolder:
        return StudyFolder(folder)
