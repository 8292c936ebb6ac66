"""A study that declares its arms as the first version did is the same study in the present form."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from passgap import parse_study
from passgap.arms import ARMS
from passgap.arms.decode_only import ARM as DECODE_ONLY
from passgap.arms.ssd import ARM as SSD
from passgap.errors import StudyError

from .test_intake import VALID

SAMPLING = {"per_prompt": 5, "top_k": 10}
TRAINING = {"method": "lora", "lora_rank": 64}
SWEEP = {"temperatures": [0, 0.4]}


def study(**changes: Any) -> str:
    return yaml.safe_dump({**VALID, **changes})


def test_both_forms_are_one_study_with_one_digest() -> None:
    first = parse_study(study(sampling=SAMPLING, training=TRAINING, decode_only=SWEEP))
    now = parse_study(study(arms={"ssd": {"sampling": SAMPLING, "training": TRAINING}, "decode-only": SWEEP}))
    assert first.spec.model_dump() == now.spec.model_dump() and first.spec.digest == now.spec.digest
    assert first.flags == now.flags
    assert SSD.section_of(first.spec).sampling.per_prompt == 5
    assert DECODE_ONLY.section_of(now.spec).temperatures == (0.0, 0.4)
    [note] = first.notes
    assert "`sampling`, `training` and `decode_only`" in note and "`arms.ssd.sampling`" in note
    assert now.notes == () and parse_study(study()).notes == ()


def test_an_arm_that_is_always_declared_need_not_be_named() -> None:
    assert parse_study(study()).spec.digest == parse_study(study(arms={"ssd": {}})).spec.digest
    assert parse_study(study(decode_only={})).spec.digest != parse_study(study()).spec.digest


def test_one_field_in_the_first_form_and_another_in_the_present_one_are_read_together() -> None:
    mixed = parse_study(study(sampling=SAMPLING, arms={"ssd": {"training": TRAINING}}))
    assert mixed.spec.model_dump() == parse_study(study(sampling=SAMPLING, training=TRAINING)).spec.model_dump()


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        (
            {"sampling": SAMPLING, "arms": {"ssd": {"sampling": SAMPLING}}},
            "sampling: stands at the top level and as `arms.ssd.sampling`",
        ),
        ({"decode_only": SWEEP, "arms": {"decode-only": {}}}, "decode_only: stands at the top level and as"),
        ({"training": {"epochs": 0}}, "training.epochs: should be greater than 0"),
        ({"arms": {"ssd": {"training": {"epochs": 0}}}}, "arms.ssd.training.epochs: should be greater than 0"),
        ({"training": {"mix_ratio": 0.1}}, "training.mix_path: missing"),
        ({"arms": {"ssd": {"training": {"mix_ratio": 0.1}}}}, "arms.ssd.training.mix_path: missing"),
        ({"arms": {"ssd": {"trainning": {}}}}, "arms.ssd.trainning: there is no such field. Did you mean `training`?"),
        ({"arms": {"sdd": {}}}, "arms.sdd: there is no such arm. Did you mean `ssd`?"),
        ({"arms": ["ssd"]}, "arms: should be a section"),
        ({"arms": {"ssd": 3}}, "arms.ssd: should be a section"),
        ({"sampling": 3}, "sampling: should be a section"),
    ],
)
def test_a_problem_is_named_where_the_person_wrote_it(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(StudyError) as caught:
        parse_study(study(**changes))
    [said] = caught.value.problems
    assert said.startswith(problem)


def test_a_flag_is_named_where_the_person_wrote_it_too() -> None:
    [first] = parse_study(study(sampling={"per_prompt": 1})).flags
    [now] = parse_study(study(arms={"ssd": {"sampling": {"per_prompt": 1}}})).flags
    assert first.startswith("sampling.per_prompt: 1 ") and now.startswith("arms.ssd.sampling.per_prompt: 1 ")


def test_an_arm_that_is_not_declared_is_refused_when_it_is_asked_for() -> None:
    spec = parse_study(study()).spec
    assert set(spec.arms) == {name for name, arm in ARMS.items() if arm.always_declared}
    with pytest.raises(StudyError, match="declares no decode-only sweep"):
        DECODE_ONLY.section_of(spec)
