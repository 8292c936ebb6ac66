"""A study of whole programs in JavaScript, from the prompts to the verdict, with a scripted model."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from passgap.errors import StudyError
from passgap.execution import refuse_missing
from passgap.execution.toolchains import MissingToolchain, finding, found_toolchain
from passgap.records import Estimate
from passgap.study import Study
from passgap.testing.scripted_study import ScriptedSampler, open_scripted_study

PROBLEMS = 6
FAMILY = {"languages": ["javascript"], "kinds": ["competitive"], "surface": "sums"}
ANSWER = 'Here:\n```js\nconst n = Number(require("fs").readFileSync(0, "utf8"));\nconsole.log(n {});\n```\n'


class JavaScriptSampler(ScriptedSampler):
    """Answers with a program; every second one is right."""

    def _completion(self, problem_id: str, index: int) -> str:
        _, _, number = problem_id.partition("/")
        return ANSWER.replace("{}", f"+ {number}" if index % 2 == 0 else "- 1")


def study_in(folder: Path, drawn: Counter[str]) -> Study:
    study = open_scripted_study(folder, {}, drawn, {"task_family": FAMILY})
    rows = [
        {
            "id": f"heldout/{number}",
            "prompt": f"Read a number and print it plus {number}.",
            "tests": {"style": "stdio", "cases": [{"stdin": "1\n", "stdout": f"{1 + number}\n"}]},
            "language": "javascript",
            "source": "own",
            "entry_point": None,
        }
        for number in range(PROBLEMS)
    ]
    (folder / "heldout.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n")

    def opened(reference: object, _: object) -> JavaScriptSampler:
        return JavaScriptSampler(reference.folder, drawn)  # type: ignore[attr-defined]

    services = study._context.services
    changed = replace(services, open_sampler=opened, require_toolchains=refuse_missing)
    return Study(study._context.intake, study.folder, changed)


def test_programs_are_asked_for_run_and_counted(tmp_path: Path) -> None:
    try:
        found_toolchain("javascript")
    except MissingToolchain as missing:
        pytest.skip(str(missing))
    drawn: Counter[str] = Counter()
    table = study_in(tmp_path, drawn).evaluate("base")
    first = table.overall["pass@1"]
    assert sum(drawn.values()) == 4 * PROBLEMS
    assert isinstance(first, Estimate) and first.value == 0.5


def test_nothing_is_sampled_where_the_toolchain_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: Counter[str] = Counter()
    study = study_in(tmp_path, drawn)
    monkeypatch.setattr(finding, "_looked_for", lambda _: MissingToolchain("node not found: apt install nodejs"))
    with pytest.raises(StudyError, match="toolchain or environment is not on this machine") as refused:
        study.verdict()
    assert "apt install nodejs" in refused.value.problems[0]
    assert not drawn
