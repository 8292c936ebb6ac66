"""A field that is added later changes no digest that exists, and is part of one as soon as it says something."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, JsonValue, create_model

from passgap import decisions, ports, recipes, records, spec, store, tasks
from passgap.arms import decode_only
from passgap.ports import EngineIdentity
from passgap.records import (
    AssertTests,
    Decoding,
    Limits,
    PairCase,
    PairTests,
    Problem,
    Prompt,
    Record,
    StdioCase,
    StdioTests,
    TrainConfig,
    TrainExample,
    digest_of,
    digested,
    readable_schema,
)
from passgap.records.first_schema import FIRST_FIELDS
from passgap.spec import TaskSource
from passgap.stages import signal
from passgap.tasks import probe_sets

PINNED: list[tuple[BaseModel, str]] = [
    (
        Problem(
            id="a/1",
            prompt="Add.",
            entry_point="add",
            tests=AssertTests(statements=("assert add(1, 2) == 3",)),
            source="s",
            date=dt.date(2026, 1, 2),
        ),
        "0b4c1f32efc4",
    ),
    (
        Problem(
            id="a/2",
            prompt="Add.",
            tests=PairTests(cases=(PairCase(args=(1, 2.5, [None]), expected={"b": 1, "a": True}),), rel_tol=1e-6),
            source="s",
        ),
        "8ca4108e645a",
    ),
    (
        Problem(id="é", prompt="p", tests=StdioTests(cases=(StdioCase(stdin="1", stdout="2"),)), source="s"),
        "0f145a834c84",
    ),
    (Decoding(temperature=0.8, max_new_tokens=12), "f2aa6f2b77de"),
    (Prompt(user="u", stop=("\n",)), "65f5f43a2bb1"),
    (Limits(), "b0bd92208bf5"),
    (TrainConfig(learning_rate=1e-3), "e5b59d907d02"),
    (
        EngineIdentity(
            engine="local", model="m", model_digest="d", dtype="bfloat16", device="cpu", versions={"torch": "2"}
        ),
        "9f9b4fbdc827",
    ),
    (TaskSource(tasks="starter"), "743a98069e6d"),
]
"""Records with the beginnings of the digests that the first version of passgap gave them."""


@pytest.mark.parametrize(("record", "digest"), PINNED, ids=lambda value: type(value).__name__)
def test_digests_are_those_of_the_first_version(record: BaseModel, digest: str) -> None:
    assert digest_of(record).startswith(digest)


def test_digests_of_lists_of_records_are_those_of_the_first_version() -> None:
    assert digest_of([TrainExample(prompt=Prompt(user="u"), completion="c")]).startswith("ea97b4bca5be")


@pytest.mark.parametrize("record", [each for each, _ in PINNED], ids=lambda value: type(value).__name__)
def test_a_field_added_at_its_default_changes_no_digest(record: BaseModel) -> None:
    extended: Any = create_model(f"Later{type(record).__name__}", __base__=type(record), later=(str | None, None))
    values = {name: getattr(record, name) for name in type(record).model_fields}
    assert digest_of(extended(**values)) == digest_of(record)
    assert digest_of(extended(**values, later="")) != digest_of(record)


class Inner(Record):
    """A record of the first version, and what was added to it."""

    first: int = 0
    added: tuple[int, ...] = ()
    also_added: dict[str, int] = Field(default_factory=dict)


class Outer(Record):
    """A record that holds others in every way that a field can."""

    one: Inner = Inner()
    many: tuple[Inner, ...] = ()
    named: dict[str, Inner] = Field(default_factory=dict)
    plain: JsonValue = None
    inside_added: Inner | None = None


@pytest.fixture(autouse=True, scope="module")
def _first_fields() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "passgap.records.identity.FIRST_FIELDS",
            {**FIRST_FIELDS, "Inner": frozenset(["first"]), "Outer": frozenset(["one", "many", "named", "plain"])},
        )
        yield


def test_added_fields_are_left_out_of_records_inside_of_others() -> None:
    plain: list[JsonValue] = [{"added": []}, None]
    outer = Outer(one=Inner(first=3), many=(Inner(), Inner(added=(1,))), named={"x": Inner()}, plain=plain)
    assert digested(outer) == {
        "one": {"first": 3},
        "many": [{"first": 0}, {"first": 0, "added": [1]}],
        "named": {"x": {"first": 0}},
        "plain": [{"added": []}, None],
    }
    assert digested([("name", Inner())]) == [["name", {"first": 0}]]
    assert digested(outer.model_copy(update={"inside_added": Inner()}))["inside_added"] == {"first": 0}


inner = st.builds(
    Inner, first=st.integers(), added=st.tuples() | st.tuples(st.integers()), also_added=st.just({}) | st.just({"a": 1})
)
outer = st.builds(
    Outer,
    one=inner,
    many=st.lists(inner, max_size=2).map(tuple),
    named=st.dictionaries(st.text(max_size=2), inner, max_size=2),
    plain=st.none() | st.booleans() | st.text(max_size=2),
    inside_added=st.none() | inner,
)


@given(outer, outer)
def test_two_records_have_one_digest_only_if_they_are_equal(first: Outer, second: Outer) -> None:
    assert (digest_of(first) == digest_of(second)) == (first == second)


def test_the_tag_of_a_later_member_of_a_union_is_part_of_its_digest() -> None:
    class Red(Record):
        kind: Literal["red"] = "red"

    class Blue(Record):
        kind: Literal["blue"] = "blue"

    assert digest_of(Red()) != digest_of(Blue())


def _records_of(*modules: Any) -> dict[str, type[BaseModel]]:
    assert modules
    found: dict[str, type[BaseModel]] = {}
    waiting: list[type[BaseModel]] = [Record]
    while waiting:
        kind = waiting.pop()
        if kind.__module__.startswith("passgap."):
            assert found.setdefault(kind.__name__, kind) is kind or kind.__name__ not in FIRST_FIELDS
        waiting.extend(kind.__subclasses__())
    return found


def test_every_field_of_the_first_version_is_still_there_or_its_digests_would_change() -> None:
    found = _records_of(decisions, decode_only, ports, probe_sets, recipes, records, signal, spec, store, tasks)
    gone = {
        f"{name}.{field}"
        for name, fields in FIRST_FIELDS.items()
        for field in (fields - set(found[name].model_fields) if name in found else {"(the record)"})
    }
    assert gone <= RETIRED


RETIRED: set[str] = {
    "BatterySection.(the record)",
    "StudySpec.decode_only",
    "StudySpec.sampling",
    "StudySpec.training",
}
"""Fields that are gone although digests hold them. Nothing that is kept was ever decided by such a digest, or the JSON
that is digested has not changed: the battery is a mapping with these keys (``tests/unit/spec/test_tolerances.py``), and
the digest of a study is computed on its first form, in which its arms' sections have these names
(``tests/compat/test_digests.py``)."""


def test_every_released_schema_is_read_and_a_later_one_is_not() -> None:
    assert all(map(readable_schema, range(1, records.SCHEMA_VERSION + 1)))
    assert not any(map(readable_schema, (0, records.SCHEMA_VERSION + 1, None, "1")))


def test_a_problem_whose_tests_expect_infinity_or_nothing_at_all_has_a_digest() -> None:
    def problem(expected: float) -> Problem:
        tests = PairTests(cases=(PairCase(args=(), expected=expected),))
        return Problem(id="p", prompt="Divide.", entry_point="f", tests=tests, source="test")

    digests = {problem(value).digest for value in (float("inf"), float("-inf"), float("nan"), 1.0)}
    assert len(digests) == 4
    assert problem(float("nan")).digest in digests
