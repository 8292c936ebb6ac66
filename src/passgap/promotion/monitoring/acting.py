"""Carry out a rollback that a guardrail asks for: at the gateway where there is one, and in the registry."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from passgap.promotion.registry import Registry, Signature
from passgap.promotion.rollback import roll_back
from passgap.store import Ledger

SETTINGS = "serve.yaml"


def roll_candidate_back(study: Path, who: str, why: str) -> None:
    """Send every call to base and retire the candidate; without a gateway's file, retire it.

    Raises:
        StudyError: base does not answer. Nothing is rolled back then: it would be worse.
    """
    if (study / SETTINGS).is_file():
        roll_back(study, who=who, why=why)
        return
    registry = Registry(study, Ledger(study / "ledger.jsonl"))
    registry.roll_back(by=Signature(who=who, time=dt.datetime.now(dt.UTC)), why=why)
