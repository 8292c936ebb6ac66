"""Values keep their meaning on the way out of the jail, and lose every method that a program gave them."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections import Counter, OrderedDict, deque
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passgap.execution.worker.session import copy_back
from passgap.execution.worker.values import MAX_DEPTH, Decoder, Encoder, Malformed, TooDeep


def refuse(value: Any) -> Any:
    raise Malformed("opaque")


ENCODER = Encoder(lambda value: ["h", 0, type(value).__name__])
DECODER = Decoder(refuse)


def there_and_back(value: Any) -> Any:
    return DECODER.decode(json.loads(json.dumps(ENCODER.encode(value))))


hashable = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters()) | st.binary() | st.floats(allow_nan=False),
    lambda inner: st.tuples(inner, inner) | st.frozensets(inner, max_size=3),
    max_leaves=5,
)
plain = st.recursive(
    hashable | st.complex_numbers(allow_nan=False) | st.fractions() | st.decimals(allow_nan=False) | st.datetimes(),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(hashable, inner, max_size=3) | st.sets(hashable, max_size=3)
    ),
    max_leaves=12,
)


@given(plain)
def test_plain_values_come_back_equal_and_of_their_type(value: Any) -> None:
    back = there_and_back(value)
    assert back == value
    assert type(back) is type(value)


@pytest.mark.parametrize(
    "value",
    [
        1 << 70,
        -(1 << 20_000),
        "\ud800",
        math.inf,
        range(3, 9, 2),
        deque([1, 2], maxlen=5),
        Counter("aab"),
        OrderedDict(b=1, a=2),
        bytearray(b"x"),
        dt.date(2024, 2, 29),
        dt.timedelta(days=1, microseconds=3),
        Decimal("1.10"),
        Fraction(1, 3),
        {(1, "x"): {None: [True]}},
    ],
    ids=lambda value: type(value).__name__,
)
def test_kinds_that_tests_compare(value: Any) -> None:
    assert there_and_back(value) == value
    assert type(there_and_back(value)) is type(value)


def test_a_subclass_is_sent_as_its_exact_base_value() -> None:
    class Same(int):
        def __eq__(self, other: object) -> bool:
            return True

        def __hash__(self) -> int:
            return 0

        def __int__(self) -> int:
            return 5

    class Listed(list):  # type: ignore[type-arg]
        def __iter__(self) -> Any:
            return iter([5])

        def __getitem__(self, key: Any) -> Any:
            return 5

    assert there_and_back(Same(9)) == 9
    assert type(there_and_back(Same(9))) is int
    assert there_and_back(Listed([1, 2])) == [1, 2]


def test_what_is_not_plain_becomes_a_handle() -> None:
    assert ENCODER.encode(object()) == ["h", 0, "object"]


def test_a_value_that_holds_itself_is_too_deep() -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises(TooDeep):
        ENCODER.encode(value)


@pytest.mark.parametrize(
    "node",
    [
        {"a": 1},
        [],
        [1, 2],
        ["?", 1],
        ["i", "zz"],
        ["b", 5],
        ["d", "dict", 1],
        ["d", "type", 1, 2],
        ["s", ["l"]],
        ["T", "eval", "1"],
        ["r", 1, 2, 0],
        ["F", 1, 0],
        ["D", "x"],
        ["n", "O", [1], 1],
        ["n", "i", [5], 1],
        ["c", "x", 1],
    ],
    ids=str,
)
def test_what_no_encoder_writes_is_refused(node: Any) -> None:
    with pytest.raises(Malformed):
        DECODER.decode(node)


def test_depth_is_bounded_on_the_way_in() -> None:
    node: Any = 1
    for _ in range(MAX_DEPTH + 10):
        node = ["l", node]
    with pytest.raises(Malformed):
        DECODER.decode(node)


@given(st.lists(st.integers() | st.lists(st.integers())), st.lists(st.integers() | st.lists(st.integers())))
def test_copying_back_makes_ours_equal_and_keeps_its_identity(ours: Any, theirs: Any) -> None:
    kept = ours
    copy_back(ours, theirs)
    assert kept is ours
    assert ours == theirs
