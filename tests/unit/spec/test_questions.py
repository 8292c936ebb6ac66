"""The questions of a study are exactly what intake calls missing."""

from __future__ import annotations

from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from passgap.spec import draft_study
from passgap.spec.questions import field_at, open_questions, questions
from passgap.spec.template import study_template
from passgap.study.checking import tables

FIELDS = [each.field for each in questions()]
WHOLE = yaml.safe_load(study_template("whole"))


def without(fields: list[str]) -> dict[str, Any]:
    """The template without some of its fields."""
    study = yaml.safe_load(study_template("whole"))
    for field in fields:
        *parents, last = field.split(".")
        inner = study
        for each in parents:
            inner = inner[each]
        inner.pop(last)
    return study


@settings(max_examples=15)
@given(st.lists(st.sampled_from(FIELDS), unique=True))
def test_open_questions_are_the_fields_that_intake_calls_missing(fields: list[str]) -> None:
    study = without(fields)
    said = draft_study(yaml.safe_dump(study), tables=tables()).problems
    assert [each.partition(":")[0] for each in said if ": missing." in each] == [
        each.field for each in open_questions(study)
    ]
    assert {each.field for each in open_questions(study)} == set(fields)


def test_every_question_says_why_and_how() -> None:
    assert all(each.why and each.example for each in questions())


def test_a_section_that_is_empty_or_no_section_leaves_its_questions_open_or_is_wrong() -> None:
    assert [each.field for each in open_questions({**WHOLE, "comparator": None})] == [
        "comparator.method",
        "comparator.why",
    ]
    assert open_questions({**WHOLE, "comparator": "nothing"}) == ()


def test_a_field_is_found_by_its_path() -> None:
    found = field_at("budget.hours.sampling")
    assert found is not None and found.description == "Device-hours for sampling the pool."
    assert field_at("budget.hour") is None and field_at("name.x") is None
