"""Bad input and bad luck: each is refused by name with what to do, the other arms go on, and nothing is lost."""

from __future__ import annotations

import errno
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from passgap.errors import EngineError, NoCandidateError, PassgapError, StoreError, StudyError
from passgap.study import Study
from passgap.study.budget import BudgetError
from passgap.testing import scripted_study
from passgap.testing.scripted_study import POOL, ScriptedSampler, ScriptedTrainer, open_scripted_study

Answer = Callable[[str, str], str]
"""From the split and the number of a problem to a program."""


def wrong(split: str, number: str) -> str:
    return f"def {split}_{number}(x):\n    total = None\n    return total\n"


def right(split: str, number: str) -> str:
    return f"def {split}_{number}(x):\n    total = x + {number}\n    return total\n"


def answers(patch: pytest.MonkeyPatch, answer: Answer) -> None:
    """Every sample of a pool problem is the same."""
    plain = ScriptedSampler._completion

    def completion(sampler: ScriptedSampler, problem_id: str, index: int) -> str:
        split, _, number = problem_id.partition("/")
        return answer(split, number) if split == "pool" else plain(sampler, problem_id, index)

    patch.setattr(ScriptedSampler, "_completion", completion)


def arms_in(folder: Path) -> list[str]:
    return [arm["arm"] for arm in json.loads((folder / "report.json").read_text())["arms"]]


def refused(study: Study, arms: list[str]) -> str:
    """What a run ends with: always the exit code of a refusal, and always a remedy."""
    with pytest.raises(PassgapError) as caught:
        study.run(arms)
    assert caught.value.exit_code == 2 and caught.value.problems
    return str(caught.value)


def test_a_verifier_that_accepts_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, wrong)
    study = open_scripted_study(tmp_path, {"ssd-verified": {}, "rejection-sampling": {}, "ssd": {}}, Counter())
    said = refused(study, ["ssd-verified", "rejection-sampling", "ssd"])
    assert "ssd-verified cannot calibrate" in said and "rejection-sampling has nothing to train on" in said
    assert "Draw more per prompt" in said
    assert arms_in(tmp_path) == ["ssd"]


@pytest.mark.slow
def test_a_verifier_that_accepts_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, right)
    study = open_scripted_study(tmp_path, {"dpo": {}, "ssd": {}}, Counter())
    with pytest.raises(NoCandidateError, match="dpo has no pair to learn from"):
        study.run(["dpo", "ssd"])
    assert arms_in(tmp_path) == ["ssd"]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), StoreError),
        pytest.param(
            EngineError("the loss is not finite", ["It was nan at update 3. Lower the learning rate."]),
            EngineError,
            marks=pytest.mark.slow,
        ),
    ],
    ids=["a full disk", "a diverging loss"],
)
def test_a_training_that_fails_keeps_what_was_drawn(
    fault: Exception, error: type[PassgapError], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: Counter[str] = Counter()
    plain = ScriptedTrainer.train

    def train(trainer: ScriptedTrainer, job: Any, **rest: Any) -> Any:
        if "rejection" in str(job.output):
            raise fault
        return plain(trainer, job, **rest)

    study = open_scripted_study(tmp_path, {"rejection-sampling": {}, "ssd": {}}, drawn)
    with monkeypatch.context() as patch:
        patch.setattr(scripted_study.ScriptedTrainer, "train", train)
        with pytest.raises(error):
            study.run(["rejection-sampling", "ssd"])
    assert arms_in(tmp_path) == ["ssd"]
    pool = {name: number for name, number in drawn.items() if name.startswith("pool/")}
    study.run(["rejection-sampling", "ssd"])
    assert set(arms_in(tmp_path)) == {"rejection-sampling", "ssd"}
    assert {name: drawn[name] for name in pool} == pool, "nothing is drawn again"


def test_a_budget_of_nothing(tmp_path: Path) -> None:
    drawn: Counter[str] = Counter()
    study = open_scripted_study(tmp_path, {"ssd": {}}, drawn)
    intake = study._context.intake
    hours = intake.spec.budget.hours.model_copy(update={"training": 0.0})
    spec = intake.spec.model_copy(update={"budget": intake.spec.budget.model_copy(update={"hours": hours})})
    study._context = replace(study._context, intake=intake.model_copy(update={"spec": spec}))
    with pytest.raises(BudgetError, match=r"budget\.hours\.training"):
        study.run(["ssd"])
    assert not [name for name in drawn if name.startswith("pool/")] and arms_in(tmp_path) == []


def test_data_with_wrong_columns(tmp_path: Path) -> None:
    (tmp_path / "data.jsonl").write_text('{"question": "a", "reply": "b"}\n')
    study = open_scripted_study(tmp_path, {"sft-external": {"data": "data.jsonl"}, "ssd": {}}, Counter())
    said = refused(study, ["ssd", "sft-external"])
    assert "line 1: `prompt` and `completion` missing" in said and "this one has question, reply" in said


def test_a_pool_without_tests(tmp_path: Path) -> None:
    study = open_scripted_study(tmp_path, {"rejection-sampling": {}}, Counter())
    rows = [json.loads(line) for line in (tmp_path / "pool.jsonl").read_text().splitlines()]
    bare = [{name: value for name, value in row.items() if name != "test"} for row in rows]
    (tmp_path / "pool.jsonl").write_text("".join(json.dumps(row) + "\n" for row in bare))
    with pytest.raises(StudyError) as caught:
        study.run(["rejection-sampling"])
    assert len([problem for problem in caught.value.problems if "missing: test" in problem]) == POOL


def test_a_base_that_cannot_be_loaded(tmp_path: Path) -> None:
    study = open_scripted_study(tmp_path, {"ssd": {}}, Counter())

    def fails(*_: Any) -> Any:
        raise EngineError("scripted cannot be loaded", ["Its weights are not complete. Fetch it again."])

    works = study._context.services
    study._context = replace(study._context, services=replace(works, open_sampler=fails))
    assert "cannot be loaded" in refused(study, ["ssd"])
    study._context = replace(study._context, services=works)
    study.run(["ssd"])
    assert arms_in(tmp_path) == ["ssd"]
