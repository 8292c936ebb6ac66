"""The versions of the rules by which samples are counted: results of two of them are not compared."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType

import pytest
from pydantic import JsonValue

from passgap.errors import NotOnDiskError
from passgap.records import OutcomeKind, Problem, Result, ResultsManifest, Stage, StdioCase, StdioTests
from passgap.stages.evaluation import Evaluation, require_one_rule
from passgap.stages.scoring import READING, RULES, counted_by
from passgap.store import ResultsArtifact, StudyFolder, write_results

LANGUAGES = ("python", "go")


def problem(language: str) -> Problem:
    tests = StdioTests(cases=(StdioCase(stdin="", stdout="1"),))
    return Problem(id=language, prompt="Print 1.", tests=tests, source="test", language=language)


def measured(folder: StudyFolder, name: str, *parts: tuple[str, dict[str, JsonValue]]) -> Evaluation:
    """Results in parts, each of a language and counted by rules."""
    results = []
    for number, (language, rules) in enumerate(parts):
        part = folder.artifact(f"{name}{number}-results", {"language": language, **rules}, ResultsArtifact)
        part.begin()
        row = Result(task_id=language, sample=0, passed=True, outcome=OutcomeKind.PASSED, language=language)
        write_results(part.shard(0, "jsonl"), [row])
        part.finish(ResultsManifest(stage=Stage.SCORING, samples=1, outcomes={"passed": 1}))
        results.append(part)
    return Evaluation(samples=(), results=tuple(results))


def test_results_in_python_do_not_depend_on_how_other_languages_are_read() -> None:
    python, go = map(problem, LANGUAGES)
    assert counted_by([python]) == {"rules": RULES}
    assert counted_by([python, go]) == counted_by([go]) == {"rules": RULES, "reading": READING}


def test_results_of_two_readings_are_not_compared(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path)
    before, now = MappingProxyType({"rules": RULES}), MappingProxyType({"rules": RULES, "reading": READING})
    earlier = measured(folder, "earlier", ("python", dict(before)), ("go", dict(before)))
    later = measured(folder, "later", ("python", dict(before)), ("go", dict(now)))
    only = measured(folder, "only", ("python", dict(before)))
    with pytest.raises(NotOnDiskError, match="counted by different rules"):
        require_one_rule(earlier, later)
    require_one_rule(later, later)
    require_one_rule(only, only, later)
    require_one_rule(earlier, earlier)
