"""The likelihood of reference solutions under base model and candidate, where the engine can tell it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from passgap.arms import BASE, Candidate
from passgap.errors import EngineError
from passgap.estimates import counts_from_columns
from passgap.ports import EngineIdentity, FolderModel
from passgap.probes import PROBES, DriftTest, ModelSamples, ProbeStatus, run_battery
from passgap.records import Prompt
from passgap.store import StudyFolder, select
from passgap.study.candidates import MeasuredCandidate
from passgap.study.context import StudyContext
from passgap.study.references import with_references
from passgap.study.run import splits_of

from .conftest import OpenStudy, ScriptedModel


class Reader(ScriptedModel):
    """Finds each character of a text as likely as it is told to."""

    def __init__(self, name: str, nats: float) -> None:
        super().__init__()
        self.identity = EngineIdentity(engine="scripted", model=name, model_digest=name, dtype="none", device="none")
        self.nats = nats
        self.read: list[str] = []
        self.fails = False

    def text_logprobs(self, prompt: Prompt, text: str, limit: int) -> np.ndarray:
        del prompt
        if self.fails:
            raise EngineError("the engine died")
        self.read.append(text)
        return np.full(min(limit, len(text)), -self.nats)


@pytest.fixture
def context(open_scripted: OpenStudy) -> StudyContext:
    return open_scripted("engine: {name: local}\n")._context


def opened(context: StudyContext, *models: Reader) -> StudyContext:
    by_name = {each.identity.model: each for each in models}

    def open_sampler(model: Any, recorded: Sequence[EngineIdentity]) -> Reader:
        del recorded
        return by_name[model.folder.name]

    return replace(context, services=replace(context.services, open_sampler=open_sampler))


def candidate(folder: Path, arm: str = "ssd") -> MeasuredCandidate:
    made = Candidate(arm=arm, model=FolderModel(folder=folder / "tuned"), decoding=None)  # type: ignore[arg-type]
    return MeasuredCandidate(made, None, None)  # type: ignore[arg-type]


def test_a_drift_of_it_is_caught(context: StudyContext, folder: Path) -> None:
    base, tuned = Reader("scripted", 0.5), Reader("tuned", 0.8)
    context = opened(context, base, tuned)
    found = with_references(context, splits_of(context), candidate(folder))
    assert len(found.references) == 12
    assert all(each == pytest.approx((0.5, 0.8)) for each in found.references.values())
    assert base.read == tuned.read
    assert all("```python\ndef held_" in each or each.startswith("def held_") for each in base.read)
    names = [each.name for each in select(StudyFolder(folder).index(), kind="likelihoods")]
    assert sorted(names) == ["base-references-heldout-likelihoods", "base-references-ssd-heldout-likelihoods"]
    with_references(context, splits_of(context), candidate(folder))
    assert len(base.read) == 12, "what is on disk is not measured again"

    counts = counts_from_columns([], [], [])
    samples = ModelSamples(heldout={}, counts=counts)
    battery = run_battery(
        arm="ssd",
        base=samples,
        tuned=replace(samples, references=found.references),
        tolerances={},
        largest_k=1,
        level=0.95,
        probes=["reference code"],
        testing=DriftTest(0.05),
    )
    [outcome] = battery.outcomes
    assert outcome.status is ProbeStatus.ALERT
    assert outcome.drift.value == pytest.approx(1.6)  # type: ignore[union-attr]


def test_an_engine_that_fails_or_cannot_leaves_it_out(context: StudyContext, folder: Path) -> None:
    base, tuned = Reader("scripted", 0.5), Reader("tuned", 0.8)
    tuned.fails = True
    context = opened(context, base, tuned)
    assert with_references(context, splits_of(context), candidate(folder)).references == {}
    assert with_references(context, splits_of(context), candidate(folder, "decode-only")).references == {}
    samples = ModelSamples(heldout={}, counts=counts_from_columns([], [], []))
    battery = run_battery(
        arm=BASE, base=samples, tuned=samples, tolerances={}, largest_k=1, level=0.95, probes=["reference code"]
    )
    assert battery.outcomes[0].status is ProbeStatus.INSUFFICIENT and battery.complete
    assert "was not measured" in battery.outcomes[0].drift.insufficient  # type: ignore[union-attr]
    assert PROBES["reference code"].needs == "likelihoods"  # type: ignore[attr-defined]
