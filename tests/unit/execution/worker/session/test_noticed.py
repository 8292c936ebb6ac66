"""Notices of a program are acted on in the judge's process, and refused where they are malformed."""

from __future__ import annotations

import logging
import os
import random
import warnings
from typing import Any

import pytest

from passgap.execution.worker.exchange.value_types import Malformed
from passgap.execution.worker.inside.notices import NOTICES
from passgap.execution.worker.session.noticed import Noticed
from passgap.execution.worker.session.replaced_attributes import ReplacedAttributes, kept_settings
from passgap.execution.worker.stops import ProgramError


def noticed() -> Noticed:
    return Noticed(lambda node: ProgramError, {"APP_A"})


def test_variables_are_set_only_if_the_tests_name_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APP_A", "before")
    notices = noticed()
    notices.take([["environment", "APP_A", "now"], ["environment", "LD_PRELOAD", "/tmp/x.so"]])
    assert os.environ["APP_A"] == "now"
    assert "LD_PRELOAD" not in os.environ
    notices.take([["environment", "APP_A", None]])
    assert "APP_A" not in os.environ


def test_warnings_and_records_wait_until_they_are_told() -> None:
    notices = noticed()
    notices.take([["warnings", ["g", "UserWarning"], "careful", 3], ["logging", "", 40, "boom", 0]])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        notices.tell()
        notices.tell()
    assert [str(each.message) for each in caught] == ["careful"]


@pytest.mark.parametrize(
    "notices",
    [
        [["warnings", ["g", "SystemExit"], "x", 1]],
        [["warnings", ["g", "ValueError"], "x", 1]],
        [["warnings", ["g", "UserWarning"], ["x"], 1]],
        [["warnings", ["x", 1, "Odd", []], "x", 1]],
        [["logging", "a", "40", "x", 0]],
        [["environment", "APP_A", 5]],
        [["execution", "x"]],
        [["environment", "APP_B", "x"]] * (NOTICES + 1),
    ],
)
def test_what_is_no_notice_is_refused(notices: list[Any]) -> None:
    with pytest.raises(Malformed):
        noticed().take(notices)


def test_what_tests_replace_is_found_and_put_back() -> None:
    original = random.randint
    replaced = ReplacedAttributes(["random"])
    with kept_settings(["random"]):
        random.randint = one = lambda a, b: 1  # type: ignore[method-assign]
        assert list(replaced.changes()) == [("replace", ["random", "randint", one])]
        assert list(replaced.changes()) == []
        random.randint = original
        assert list(replaced.changes()) == [("replace", ["random", "randint"])]
        random.randint = one
        vars(random)["added"] = 1
        logging.getLogger("of.a.program")
    assert random.randint is original
    assert not hasattr(random, "added")
    assert "of.a.program" not in logging.root.manager.loggerDict
