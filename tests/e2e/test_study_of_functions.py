"""A study of functions in JavaScript: what is judged outside, what is told of the rest, and what is refused."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from passgap.errors import StudyError
from passgap.execution.toolchains import MissingToolchain, found_toolchain
from passgap.records import Estimate
from passgap.study import Study
from passgap.testing.scripted_study import ScriptedSampler, open_scripted_study

PROBLEMS = 6
INSIDE = 2
FAMILY = {"languages": ["javascript"], "kinds": ["algorithmic"], "surface": "sums"}
ANSWERS = ("return n + {};", "process.exit(0);", "return n - 1;", "return String(n + {});")
"""One of four samples is right; one ends with the status of success, and one is right by loose equality alone."""


class FunctionSampler(ScriptedSampler):
    """Answers with a function."""

    def _completion(self, problem_id: str, index: int) -> str:
        body = ANSWERS[index % len(ANSWERS)].replace("{}", problem_id.partition("/")[2])
        return f"```js\nfunction more(n) {{\n  {body}\n}}\n```\n"


def judged_by(number: int) -> dict[str, Any]:
    if number < INSIDE:
        code = f"function check(n) {{ if (more(n) !== n + {number}) throw new Error(); }}"
        return {"style": "embedded", "code": code, "calls": ["check(1)"]}
    return {"style": "calls", "function": "more", "cases": [{"arguments": "1", "expected": f"1 + {number}"}]}


def study_in(folder: Path, **family: str) -> Study:
    study = open_scripted_study(folder, {}, Counter(), {"task_family": {**FAMILY, **family}})
    rows = [
        {
            "id": f"heldout/{number}",
            "prompt": f"Write a function more(n) that returns n plus {number}.",
            "tests": judged_by(number),
            "language": "javascript",
            "source": "own",
            "entry_point": "more",
        }
        for number in range(PROBLEMS)
    ]
    (folder / "heldout.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n")

    def opened(reference: object, _: object) -> FunctionSampler:
        return FunctionSampler(reference.folder, Counter())  # type: ignore[attr-defined]

    services = replace(study._context.services, open_sampler=opened)
    return Study(study._context.intake, study.folder, services)


@pytest.fixture(autouse=True)
def toolchain() -> None:
    try:
        found_toolchain("javascript")
    except MissingToolchain as missing:
        pytest.skip(str(missing))


def test_an_exit_passes_nothing_and_what_is_judged_inside_is_told(tmp_path: Path) -> None:
    study = study_in(tmp_path)
    judged = study.verdict()
    first = judged.table.overall["pass@1"]
    assert isinstance(first, Estimate) and first.value == 0.25
    caveats = " ".join(judged.verdict.caveats)
    assert f"{INSIDE} of the {PROBLEMS} problems have tests that could not be split" in caveats
    study.report()
    assert f"{INSIDE} of them with tests in the program's own process" in (tmp_path / "report.md").read_text()


def test_a_study_may_forbid_what_is_judged_inside(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="2 of 6 problems whose tests run inside") as refused:
        study_in(tmp_path, protocol="outside-only").verdict()
    assert "heldout/0, heldout/1" in str(refused.value.problems)
