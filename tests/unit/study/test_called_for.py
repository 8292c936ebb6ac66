"""The arms that a verdict calls for, and what the report says of those that were not run."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from passgap.decisions import Verdict, VerdictKind, decide_verdict
from passgap.decisions.evidence import Evidence
from passgap.estimates import counts_from_columns, estimate_all
from passgap.study.context import StudyContext
from passgap.study.omissions import omissions
from passgap.study.run import called_for
from passgap.testing.scripted_study import open_scripted_study


@pytest.fixture
def verdict() -> Verdict:
    """GO-VERIFIER-AWARE-SSD, whatever it was decided on."""
    ids = [f"p/{number}" for number in range(40)]
    counts = counts_from_columns(ids, [4] * 40, [2] * 40)
    decided = decide_verdict(Evidence(table=estimate_all(counts, (1, 4))))
    return decided.model_copy(update={"verdict": VerdictKind.GO_VERIFIER_AWARE_SSD, "other": None})


def context_of(folder: Path, arms: dict[str, Any]) -> StudyContext:
    return open_scripted_study(folder, arms, Counter())._context


def test_the_minimal_recipe_is_run_before_the_verifier_aware_one(tmp_path: Path, verdict: Verdict) -> None:
    context = context_of(tmp_path, {"ssd-verified": {}, "rejection-sampling": {}})
    assert called_for(context, verdict) == ("ssd", "ssd-verified")
    told = omissions(context, verdict, ["ssd", "ssd-verified"], None, shown=False)
    assert not any("ssd-verified" in each for each in told)


def test_an_arm_that_the_verdict_calls_for_and_nobody_declared_is_named(tmp_path: Path, verdict: Verdict) -> None:
    context = context_of(tmp_path, {})
    assert called_for(context, verdict) == ("ssd",)
    told = omissions(context, verdict, ["ssd"], None, shown=False)
    assert told[0] == (
        "the arm `ssd-verified`, which the verdict calls for beside `ssd`, was not run: the study does not declare it. "
        "Example: `arms: {ssd-verified: {}}`"
    )


def test_an_arm_that_was_declared_and_not_run_is_named_with_the_command(tmp_path: Path, verdict: Verdict) -> None:
    context = context_of(tmp_path, {"ssd-verified": {}})
    told = omissions(context, verdict, ["ssd"], None, shown=False)
    assert told[0].endswith("was not run: `passgap run STUDY --arm ssd-verified` runs it")
