"""Only plain values cross the boundary, and nothing of a program's own comes with them."""

from __future__ import annotations

import contextlib
import datetime
import enum
import json
import math
from collections import Counter, OrderedDict, defaultdict, deque
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passgap.execution.worker.exchange.value_decoder import Decoder
from passgap.execution.worker.exchange.value_encoder import Encoder
from passgap.execution.worker.exchange.value_types import MAX_DEPTH, Malformed, TooDeep


def refuse(node: list[Any]) -> Any:
    raise Malformed(str(node))


def handle(value: object) -> Any:
    return ["h", 0, type(value).__name__]


ENCODER = Encoder(handle)
DECODER = Decoder(refuse)


def carry(value: object) -> Any:
    """Return ``value`` as it arrives on the other side."""
    return DECODER.decode(json.loads(json.dumps(ENCODER.encode(value))))


HASHABLE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters())
    | st.binary()
    | st.complex_numbers(allow_nan=False)
    | st.fractions()
    | st.decimals(allow_nan=False)
    | st.dates()
    | st.timedeltas(),
    lambda inner: st.tuples(inner, inner) | st.frozensets(inner, max_size=3),
    max_leaves=6,
)
VALUES = st.recursive(
    HASHABLE,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(HASHABLE, inner, max_size=3)
        | st.sets(HASHABLE, max_size=3)
        | st.lists(inner, max_size=3).map(deque)
    ),
    max_leaves=10,
)


@given(VALUES)
def test_plain_values_arrive_as_they_were(value: Any) -> None:
    there = carry(value)
    assert there == value
    assert type(there) is type(value)
    assert repr(there) == repr(value) or isinstance(value, set | frozenset | dict | list | tuple | deque)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(1 << 100_000, id="huge"),
        -(1 << 63),
        "\ud800 and \0",
        range(3, 10**30, 7),
        slice(None, 3),
        bytearray(b"\xff"),
        Counter("abca"),
        OrderedDict(a=1, b=2),
        deque([1, 2], maxlen=2),
        Decimal("0.10"),
        Fraction(1, 3),
        datetime.datetime(2020, 2, 29, 1, 2, 3, 4, datetime.UTC),
        datetime.time(1, 2),
        datetime.timedelta(days=-1, microseconds=1),
        1e308 * 10,
        -0.0,
    ],
)
def test_every_plain_kind_arrives(value: Any) -> None:
    there = carry(value)
    assert (there, type(there)) == (value, type(value))
    if isinstance(value, float):
        assert math.copysign(1, there) == math.copysign(1, value)


def test_what_is_no_number_stays_none() -> None:
    assert math.isnan(carry(float("nan")))


def test_a_default_dictionary_arrives_with_its_factory() -> None:
    encoder = Encoder(lambda value: ["g", "list"] if value is list else handle(value))
    decoder = Decoder(lambda node: list if node == ["g", "list"] else refuse(node))
    there = decoder.decode(encoder.encode(defaultdict(list, a=[1])))
    assert (there, type(there), there.default_factory) == ({"a": [1]}, defaultdict, list)


def test_an_ordered_dictionary_arrives_in_its_own_order() -> None:
    ordered = OrderedDict(a=1, b=2)
    ordered.move_to_end("a")
    assert list(carry(ordered)) == ["b", "a"]


def test_methods_of_a_subclass_are_neither_called_nor_carried() -> None:
    called: list[str] = []

    def build(base: type) -> type:
        def tell(name: str) -> Any:
            def method(self: object, *args: object) -> Any:
                called.append(f"{base.__name__}.{name}")
                return True

            return method

        names = (
            "__eq__",
            "__ne__",
            "__iter__",
            "__len__",
            "__getitem__",
            "__int__",
            "__float__",
            "__index__",
            "__pos__",
            "__str__",
            "__repr__",
            "__hash__",
            "__reduce__",
            "__reduce_ex__",
            "items",
            "keys",
            "__class_getitem__",
        )
        return type(f"Own{base.__name__}", (base,), {name: tell(name) for name in names})

    for base, plain in (
        (int, 7),
        (float, 0.5),
        (str, "x"),
        (list, [1]),
        (tuple, (1,)),
        (dict, {"a": 1}),
        (set, {1}),
        (frozenset, frozenset({1})),
        (bytes, b"x"),
        (bytearray, bytearray(b"x")),
        (complex, 1j),
    ):
        own = build(base)(plain)
        called.clear()
        there = carry(own)
        assert called == []
        assert type(there) is base
        assert there == plain


def test_enumerations_of_integers_are_integers() -> None:
    class Colour(enum.IntEnum):
        RED = 3

    assert type(carry(Colour.RED)) is int


def test_a_class_that_only_claims_to_be_an_integer_stays_behind() -> None:
    class Claimant:
        __class__ = int  # type: ignore[assignment]

    assert ENCODER.encode(Claimant()) == ["h", 0, "Claimant"]


@pytest.mark.parametrize("value", [object(), len, lambda: None, iter([]), type, ValueError("x")])
def test_everything_else_is_a_handle(value: object) -> None:
    assert ENCODER.encode(value)[0] == "h"


@pytest.mark.parametrize("value", [np.int64(3), np.float32(0.1), np.float64(0.1), np.bool_(True), np.complex64(1j)])
def test_scalars_of_numpy_arrive_as_they_are(value: Any) -> None:
    assert (carry(value), type(carry(value))) == (value, type(value))


@pytest.mark.parametrize("array", [np.arange(6.0).reshape(2, 3), np.array([], dtype="i2"), np.array(["ab", "c"])])
def test_arrays_arrive_as_they_are(array: Any) -> None:
    there = carry(array)
    assert (there.shape, there.dtype) == (array.shape, array.dtype)
    assert (there == array).all()


def test_arrays_of_objects_stay_behind() -> None:
    assert ENCODER.encode(np.array([object()], dtype=object))[0] == "h"


def test_values_that_hold_themselves_are_too_deep() -> None:
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(TooDeep):
        ENCODER.encode(loop)


def test_sets_are_written_in_one_order() -> None:
    first, second = set(), set()
    for number in (0, 8, 16, 24):
        first.add(number)
    for number in (24, 16, 8, 0):
        second.add(number)
    assert first == second and list(first) != list(second), "hashes that collide are kept in the order of their coming"
    for make in (set, frozenset):
        assert ENCODER.encode(make(first)) == ENCODER.encode(make(second))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=12,
)
TAGS = st.sampled_from([*"ltsfdqibBcr:DFTPn", "d2", ""])


@given(st.recursive(JSON, lambda inner: st.builds(lambda tag, rest: [tag, *rest], TAGS, st.lists(inner, max_size=4))))
def test_damaged_messages_are_refused_and_never_raise_anything_else(node: Any) -> None:
    with contextlib.suppress(Malformed):
        DECODER.decode(node)


def test_messages_nested_too_deep_are_refused() -> None:
    node: Any = ["l"]
    for _ in range(MAX_DEPTH + 10):
        node = ["l", node]
    with pytest.raises(Malformed):
        DECODER.decode(node)


def nested(depth: int) -> list[Any]:
    """The node of a list that holds itself so many levels deep."""
    node: list[Any] = ["l"]
    for _ in range(depth):
        node = ["l", node]
    return node


def test_the_deepest_value_that_is_written_is_read_and_a_deeper_node_is_refused() -> None:
    value: list[Any] = []
    for _ in range(MAX_DEPTH):
        value = [value]
    assert Decoder(refuse).decode(Encoder(refuse).encode(value)) == value
    with pytest.raises(TooDeep):
        Encoder(refuse).encode([value])
    Decoder(refuse).decode(nested(MAX_DEPTH + 2))
    with pytest.raises(Malformed, match="too deep"):
        Decoder(refuse).decode(nested(MAX_DEPTH + 3))
