"""A scripted study whose pool and held-out problems have three tests and a reference each."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from passgap.study import Study
from passgap.study.lab import StudyLab
from passgap.study.run import splits_of
from passgap.testing.scripted_study import ScriptedSampler, open_scripted_study
from short_battery import few_prompts

__all__ = ["few_prompts"]

INPUTS = (1, 2, 5)


@pytest.fixture
def with_three_tests(tmp_path: Path) -> Callable[..., Study]:
    """Opens the study, with the block of ``arms`` for an arm and fields of every problem replaced."""

    def open_study(section: dict[str, Any], *, arm: str = "ssd-verified", **changed: Any) -> Study:
        opened = open_scripted_study(tmp_path, {arm: section}, Counter())
        for prefix in ("heldout", "pool"):
            file = tmp_path / f"{prefix}.jsonl"
            rows = [json.loads(line) for line in file.read_text().splitlines()]
            for number, row in enumerate(rows):
                name = row["entry_point"]
                row["test"] = "\n".join(f"assert {name}({x}) == {number + x}" for x in INPUTS)
                row["reference"] = f"def {name}(x):\n    return x + {number}\n"
                row.update(changed)
            file.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return opened

    return open_study


@pytest.fixture
def lab_of() -> Callable[[Study], StudyLab]:
    def make(study: Study) -> StudyLab:
        context = study._context
        return StudyLab(context, splits_of(context))

    return make


@pytest.fixture
def samples_that_are(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Lets the base model answer with these bodies, in turn; ``{n}`` is the number of the problem."""

    def answer(*bodies: str) -> None:
        original = ScriptedSampler._completion

        def completion(self: ScriptedSampler, problem_id: str, index: int) -> str:
            prefix, _, number = problem_id.partition("/")
            if prefix not in ("heldout", "pool"):
                return original(self, problem_id, index)
            body = bodies[index % len(bodies)].replace("{n}", number)
            return f"def {prefix}_{number}(x):\n{body}"

        monkeypatch.setattr(ScriptedSampler, "_completion", completion)

    return answer
