"""The arms of a study by name, and all of them by one."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from passgap.arms import ARMS
from passgap.errors import PassgapError
from passgap.study.checking import parse_study
from passgap.study.declared_arms import in_order
from passgap.testing.scripted_study import open_scripted_study, study_text

DECLARED = {"rejection-sampling": {}, "ssd": {}}


def test_arms_come_in_their_order_whichever_is_named_first() -> None:
    spec = parse_study(study_text(DECLARED)).spec
    assert in_order(["rejection-sampling", "ssd", "ssd"], spec) == ("ssd", "rejection-sampling")
    with pytest.raises(PassgapError, match="nothing-of-the-kind"):
        in_order(["nothing-of-the-kind"], spec)


def test_all_stands_for_every_declared_arm() -> None:
    spec = parse_study(study_text(DECLARED)).spec
    assert in_order(["all"], spec) == ("ssd", "rejection-sampling")
    assert in_order(["all", "base"], spec) == ("base", "ssd", "rejection-sampling")
    assert "all" not in ARMS


def test_all_are_run_from_one_word(tmp_path: Path) -> None:
    report = open_scripted_study(tmp_path, DECLARED, Counter()).run(["all"])
    assert [arm.arm for arm in report.arms] == ["ssd", "rejection-sampling"]
