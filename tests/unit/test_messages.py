"""Validation errors are described in the terms of YAML and JSON."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Discriminator, Field, TypeAdapter, ValidationError

from passgap.messages import describe_errors


class Left(BaseModel):
    side: Literal["left"]


class Right(BaseModel):
    side: Literal["right"]


class Everything(BaseModel):
    model_config = {"extra": "forbid"}

    text: Annotated[str, Field(min_length=1)] = "x"
    whole: int = 1
    number: float = 1.0
    switch: bool = True
    day: dt.date = dt.date(2024, 6, 1)
    items: tuple[int, ...] = ()
    others: list[int] = []
    names: frozenset[str] = frozenset()
    table: dict[str, int] = {}
    inner: Left | None = None
    one: Annotated[Left | Right, Discriminator("side")] = Left(side="left")


def said(**values: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        Everything.model_validate(values)
    return describe_errors(caught.value.errors())


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"text": ""}, "`text`: should be text that is not empty; it is ''"),
        ({"text": 3}, "`text`: should be text; put quotes around it"),
        ({"text": None}, "nothing is given"),
        ({"whole": "many"}, "`whole`: should be a whole number; it is 'many'"),
        ({"whole": 1.5}, "`whole`: should be a whole number; it is 1.5"),
        ({"number": "much"}, "`number`: should be a number; it is 'much'"),
        ({"switch": "maybe"}, "`switch`: should be true or false; it is 'maybe'"),
        ({"day": "2024"}, "`day`: should be a day such as `2024-06-30` or a month"),
        ({"day": 2024}, "`day`: should be a day such as"),
        ({"day": []}, "`day`: should be a day such as"),
        ({"items": "python"}, "`items`: should be a list"),
        ({"others": 3}, "`others`: should be a list"),
        ({"names": "x"}, "`names`: should be a list"),
        ({"items": ["x"]}, "`items.0`: should be a whole number; it is 'x'"),
        ({"table": []}, "`table`: should be a section"),
        ({"inner": "left"}, "`inner`: should be a section"),
        ({"inner": {}}, "`inner.side` is missing"),
        ({"one": {}}, "`one`: `side` is missing"),
        ({"one": {"side": "up"}}, "`one`: `side` is 'up'; it should be one of 'left', 'right'"),
        ({"new": 1}, "`new`: there is no such field"),
    ],
)
def test_each_kind_of_fault_is_said_in_plain_words(values: dict[str, Any], expected: str) -> None:
    assert expected in said(**values)


@pytest.mark.parametrize("value", [None, 1, 1.5, "text", "", [], [1], {}, {"a": 1}, True, b"x", "9" * 5000])
def test_no_word_of_python_or_pydantic_is_said(value: Any) -> None:
    told = ""
    for name in Everything.model_fields:
        try:
            Everything.model_validate({name: value})
        except ValidationError as error:
            told += describe_errors(error.errors())
    for word in ("tuple", "Input should", "dictionary", "instance", "Datetimes", "zero time", "discriminator", "parse"):
        assert word not in told


def test_a_fault_of_the_whole_names_no_place() -> None:
    adapter: TypeAdapter[Left | Right] = TypeAdapter(Annotated[Left | Right, Discriminator("side")])
    with pytest.raises(ValidationError) as caught:
        adapter.validate_python({})
    assert describe_errors(caught.value.errors()) == "`side` is missing: it says which kind this is"
