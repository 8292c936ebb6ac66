"""Bad input and bad luck: each is refused by name with what to do, the other arms go on, and nothing is lost."""

from __future__ import annotations

import errno
import json
import os
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
from passgap.testing.scripted_study import POOL, ScriptedSampler, open_scripted_study

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
    """The end of a run: always the exit code of a refusal, and always a remedy."""
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


FULL_DISK = OSError(errno.ENOSPC, "No space left on device")
DIVERGING = EngineError("the loss is not finite", ["It was nan at update 3. Lower the learning rate."])
DATA = "".join(
    json.dumps({"prompt": f"Add {number}.", "completion": f"def f(x):\n    total = x + {number}\n    return total\n"})
    + "\n"
    for number in range(8)
)
TRAINED: dict[str, dict[str, Any]] = {
    "rejection-sampling": {},
    "ssd-verified": {"run_starved": True},
    "sft-external": {"data": "data.jsonl"},
    "dpo": {"run_starved": True},
    "ipo": {"run_starved": True},
    "grpo": {"run_starved": True, "steps": 2, "prompts_per_step": 1, "group_size": 2},
}


def training_faults() -> list[Any]:
    """Every arm that trains beside `ssd`, with a full disk and a diverging loss; one of them in the fast suite."""
    found = []
    for arm in TRAINED:
        for name, fault, error in (
            ("a full disk", FULL_DISK, StoreError),
            ("a diverging loss", DIVERGING, EngineError),
        ):
            fast = arm == "rejection-sampling" and fault is FULL_DISK
            marks = () if fast else (pytest.mark.slow,)
            found.append(pytest.param(arm, fault, error, id=f"{arm}, {name}", marks=marks))
    return found


@pytest.mark.parametrize(("arm", "fault", "error"), training_faults())
def test_a_training_that_fails_keeps_what_was_drawn(
    arm: str, fault: Exception, error: type[PassgapError], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: Counter[str] = Counter()
    (tmp_path / "data.jsonl").write_text(DATA)

    def failing(kind: str) -> Any:
        class Failing(scripted_study.SCRIPTED_TRAINERS[kind]):  # type: ignore[misc]
            def train(self, job: Any, **rest: Any) -> Any:
                if arm in str(job.output):
                    raise fault
                return super().train(job, **rest)

        return Failing

    study = open_scripted_study(tmp_path, {arm: TRAINED[arm], "ssd": {}}, drawn)
    with monkeypatch.context() as patch:
        for kind in scripted_study.SCRIPTED_TRAINERS:
            patch.setitem(scripted_study.SCRIPTED_TRAINERS, kind, failing(kind))
        with pytest.raises(error):
            study.run([arm, "ssd"])
    assert arms_in(tmp_path) == ["ssd"]
    pool = {name: number for name, number in drawn.items() if name.startswith("pool/")}
    study.run([arm, "ssd"])
    assert set(arms_in(tmp_path)) == {arm, "ssd"}
    assert {name: drawn[name] for name in pool} == pool, "nothing is drawn again"


@pytest.mark.parametrize(
    "arm",
    ["retrieval", *(pytest.param(name, marks=pytest.mark.slow) for name in ("rejection-sampling", "dpo", "grpo"))],
)
def test_a_disk_without_room_for_an_arms_folders_costs_that_arm_alone(
    arm: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = open_scripted_study(tmp_path, {arm: TRAINED.get(arm, {}), "ssd": {}}, Counter())
    plain = os.mkdir

    def mkdir(path: Any, *rest: Any, **named: Any) -> None:
        if arm in Path(path).name:
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        plain(path, *rest, **named)

    with monkeypatch.context() as patch:
        patch.setattr(os, "mkdir", mkdir)
        assert "Free some space" in refused(study, [arm, "ssd"])
    assert arms_in(tmp_path) == ["ssd"]
    study.run([arm, "ssd"])
    assert set(arms_in(tmp_path)) == {arm, "ssd"}


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
