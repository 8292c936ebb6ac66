"""A check says of each arm whether its updates survive the type that its model is stored in."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from passgap.spec import LocalEngine
from passgap.study.rounding_flags import flags_of_rounding
from passgap.study.run import splits_of
from passgap.testing.scripted_study import open_scripted_study


@pytest.mark.parametrize(
    ("dtype", "training", "flagged"),
    [
        ("bfloat16", {}, {"ssd", "grpo"}),
        ("bfloat16", {"save_dtype": "float32"}, {"grpo"}),
        ("bfloat16", {"learning_rate": 1e-3}, {"grpo"}),
        ("float32", {}, set()),
        ("float32", {"save_dtype": "bfloat16"}, {"ssd"}),
    ],
)
def test_few_updates_are_flagged_where_they_are_stored_in_bfloat16(
    tmp_path: Path, dtype: Any, training: dict[str, Any], flagged: set[str]
) -> None:
    context = open_scripted_study(tmp_path, {"ssd": {"training": training}, "grpo": {}}, Counter())._context
    spec = context.spec.model_copy(update={"engine": LocalEngine(dtype=dtype)})
    found = list(flags_of_rounding(spec, splits_of(context)))
    assert {each.split(".")[1] for each in found} == flagged
    assert all("1.2e-04 apart in bfloat16" in each for each in found)
