"""Records of an earlier version are read with the meaning that they had."""

from __future__ import annotations

from typing import Any

import pytest

from passgap.arms.decode_only import DecodeOnlySection
from passgap.records import TrainConfig
from passgap.spec import TaskSource, read_earlier
from passgap.spec.diagnostics import DiagnosticsSection
from passgap.spec.thresholds import LiftRule, Round2Section, ThresholdsSection

DECODING = {"temperature": 0.8, "top_k": 0, "top_p": 0.95, "max_new_tokens": 12}


def test_a_field_that_did_not_exist_yet_stands_at_its_default() -> None:
    read = read_earlier(ThresholdsSection, {"gap": 0.05, "level": 0.95, "round2_lift": 0.02})
    assert read == ThresholdsSection() and read.round2_rule is LiftRule.NON_OVERLAP and read.looks == ()


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        (ThresholdsSection, {"gap": 0.04, "retired": 3}),
        (DiagnosticsSection, {"samples": 4, "k": [1, 4], "decoding": {**DECODING, "retired": {"deep": 1}}, "gone": []}),
        (DecodeOnlySection | None, {"settings": [{"temperature": 0.5, "gone": 1}, {"temperature": 0.6}], "x": 1}),
        (Round2Section, {"pool": {"tasks": "jsonl", "path": "p", "old": None}, "heldout": None}),
    ],
)
def test_a_field_that_no_longer_exists_is_left_out(kind: Any, written: dict[str, Any]) -> None:
    kept = _without(written, {"retired", "gone", "x", "old"})
    read = read_earlier(kind, written)
    assert read is not None and read == read_earlier(kind, kept)


def _without(value: Any, names: set[str]) -> Any:
    if isinstance(value, dict):
        return {name: _without(each, names) for name, each in value.items() if name not in names}
    return [_without(each, names) for each in value] if isinstance(value, list) else value


def test_what_means_something_else_is_not_equal() -> None:
    assert read_earlier(TaskSource, {"tasks": "starter", "limit": 5}) != TaskSource(tasks="starter")
    assert read_earlier(DecodeOnlySection | None, None) is None


def test_what_lacks_a_field_that_is_needed_cannot_be_read() -> None:
    assert read_earlier(TrainConfig, {"method": "full"}) is None
    assert read_earlier(TrainConfig, "full") is None
    assert read_earlier(TrainConfig, {"learning_rate": "fast", "retired": 1}) is None
