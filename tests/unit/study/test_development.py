"""Development problems are used for nothing else: not held out, not in the pool, and close to none of these."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from passgap.errors import StudyError
from passgap.records import RunsIn
from passgap.study.development import development_set, development_to_run
from passgap.tasks.splits import Splits

from .conftest import STUDY, OpenStudy, ScriptedModel


def opened(open_scripted: OpenStudy, **sections: object) -> tuple[OpenStudy, Splits]:
    declared = yaml.safe_load(STUDY) | sections
    study = open_scripted(further="", text=yaml.safe_dump(declared))
    from passgap.study.splits import load_splits  # noqa: PLC0415

    return study, load_splits(study._context)


def ids(study: object, splits: Splits) -> list[str]:
    context = study._context  # type: ignore[attr-defined]
    return [problem.id for problem in development_set(context.spec, context.folder.path, splits).problems]


def test_by_default_they_are_what_the_limit_of_the_held_out_set_leaves(open_scripted: OpenStudy) -> None:
    study, splits = opened(open_scripted, heldout={"tasks": "jsonl", "path": "heldout.jsonl", "limit": 8})
    found = ids(study, splits)
    assert len(found) == 4
    assert not {*found} & {problem.id for problem in splits.heldout.problems}
    assert {*found} | {problem.id for problem in splits.heldout.problems} == {f"held/{number}" for number in range(12)}


def test_where_nothing_is_left_it_is_said_what_can_be_declared(open_scripted: OpenStudy) -> None:
    with pytest.raises(StudyError, match="0 development problems") as caught:
        ids(*opened(open_scripted))
    assert "hold_back" in caught.value.problems[0]


def test_problems_that_are_held_back_are_sampled_by_no_arm(open_scripted: OpenStudy, model: ScriptedModel) -> None:
    study, splits = opened(open_scripted, development={"hold_back": 2})
    found = ids(study, splits)
    assert len(found) == 2 and len(splits.pool.problems) == 1
    assert not {*found} & {problem.id for problem in splits.pool.problems}
    assert any("2 problems of the pool" in note for note in study.check().notes)
    study.register("ssd")
    study.sample("ssd")
    drawn = {name for name, _ in model.drawn}
    assert "pool" in drawn
    [registered] = study.folder.ledger.of_kind("pre-registration")
    assert registered.payload["spec"]["pool_problems"] == 1


def test_holding_back_the_whole_pool_is_refused(open_scripted: OpenStudy) -> None:
    with pytest.raises(StudyError, match="leave nothing of the pool"):
        opened(open_scripted, development={"hold_back": 3})


def test_a_set_of_their_own_loses_what_is_held_out_or_close_to_the_pool(open_scripted: OpenStudy, folder: Path) -> None:
    held = (folder / "heldout.jsonl").read_text().splitlines()
    pooled = json.loads((folder / "pool.jsonl").read_text().splitlines()[1])
    copied = pooled | {"task_id": "own/copy"}
    fresh = pooled | {
        "task_id": "own/fresh",
        "prompt": "Return the product of both numbers.",
        "entry_point": "product",
        "test": "assert product(2, 3) == 6",
        "reference": "def product(a, b):\n    return a * b\n",
    }
    rows = [held[0], json.dumps(copied), json.dumps(fresh)]
    (folder / "own.jsonl").write_text("".join(f"{row}\n" for row in rows))
    source = {"source": {"tasks": "jsonl", "path": "own.jsonl"}}
    assert ids(*opened(open_scripted, development=source)) == ["own/fresh"]


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ({"hold_back": 1, "source": {"tasks": "starter", "split": "pool"}}, "Keep one of the two"),
        ({"source": {"tasks": "jsonl", "path": "pool.jsonl"}}, "it is the pool"),
    ],
)
def test_what_contradicts_itself_is_refused(open_scripted: OpenStudy, section: object, said: str) -> None:
    with pytest.raises(StudyError) as caught:
        opened(open_scripted, development=section)
    assert said in " ".join(caught.value.problems)


def test_a_larger_number_adds_to_them(open_scripted: OpenStudy) -> None:
    heldout = {"tasks": "jsonl", "path": "heldout.jsonl", "limit": 4}
    fewer = ids(*opened(open_scripted, heldout=heldout, development={"problems": 3}))
    more = ids(*opened(open_scripted, heldout=heldout, development={"problems": 6}))
    assert len(fewer) == 3 and {*fewer} < {*more}


def test_no_model_is_measured_on_problems_in_a_language_that_cannot_be_run_here(open_scripted: OpenStudy) -> None:
    study, splits = opened(open_scripted, heldout={"tasks": "jsonl", "path": "heldout.jsonl", "limit": 8})
    asked: list[tuple[set[RunsIn], str]] = []

    def refuse(needed: Collection[RunsIn], where: str) -> None:
        asked.append((set(needed), where))
        raise StudyError("the toolchain is not on this machine")

    context = study._context  # type: ignore[attr-defined]
    context = replace(context, services=replace(context.services, require_toolchains=refuse))
    with pytest.raises(StudyError, match="not on this machine"):
        development_to_run(context, splits)
    assert asked == [({RunsIn("python")}, "the development problems")]
