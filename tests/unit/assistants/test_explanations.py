"""Every word that a person can meet has an explanation."""

from __future__ import annotations

import pytest

from passgap.arms import ARMS
from passgap.assistants.explanations import explain
from passgap.decisions import VerdictKind
from passgap.decisions.arm_outcome import OutcomeOfArm
from passgap.errors import StudyError
from passgap.moves import Move
from passgap.probes import PROBES, probe_tolerances
from passgap.spec import StudySpec
from passgap.spec.questions import questions

WORDS = [*VerdictKind, *OutcomeOfArm, *Move, *ARMS, *PROBES, "gap", "pass@k"]
FIELDS = [
    *StudySpec.model_fields,
    *(each.field for each in questions()),
    *(f"battery.{key}" for key in probe_tolerances()),
]


@pytest.mark.parametrize("term", [str(each) for each in WORDS])
def test_every_word_is_explained(term: str) -> None:
    assert len(explain(term).text) > 20


@pytest.mark.parametrize("path", FIELDS)
def test_every_field_is_explained(path: str) -> None:
    found = explain(path)
    assert found.text and found.kind in ("field", "section", "tolerance", "quantity", "arm")


def test_verdicts_and_outcomes_are_explained_by_their_own_docstrings() -> None:
    assert explain("go-ssd").text == "Run minimal self-distillation."
    assert "not decide" in explain("MEASURE-MORE").text


def test_a_field_of_an_arm_is_explained_by_its_own_section() -> None:
    assert "seed" not in explain("arms.ssd.training.mix_ratio").text
    assert explain("arms.ssd.training.mix_ratio").kind == "field"


@pytest.mark.parametrize("term", ["", "gaap", "arms.ssd.training.mixratio", "arms.none", "engine.local.x"])
def test_an_unknown_term_is_refused_with_those_that_there_are(term: str) -> None:
    with pytest.raises(StudyError, match=r"Did you mean|Known terms"):
        explain(term)
