"""Random mixes of calls made ahead, use of objects, callbacks, exceptions and state give plain CPython's values."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from passgap.execution import SandboxExecutor
from passgap.records import AssertTests, ExecutionJob, Limits, OutcomeKind

PROGRAM = """
state = []
kept = []
factor = 1
calls = 0

class Refused(ValueError):
    def __init__(self, code):
        super().__init__(f"code {code}")
        self.code = code

class Box:
    made = 0
    def __init__(self, n=0):
        Box.made += 1
        self.n = n
        self.items = [n]
    def add(self, k):
        self.n += k
        self.items.append(k)
        return self
    def __len__(self): return len(self.items)
    def __getitem__(self, i): return self.items[i]
    def __eq__(self, other): return isinstance(other, Box) and self.n == other.n
    def __add__(self, other): return Box(self.n + other.n)
    @property
    def double(self): return self.n * 2

def one(n):
    global calls
    calls += 1
    return calls + n

def upto(n):
    for i in range(n):
        state.append(i)
        yield len(state)

def scaled(items): return map(lambda x: x * factor, items)

def set_factor(n):
    global factor
    factor = n
    return n

def counter(n):
    total = n
    def bump(k=1):
        nonlocal total
        total += k
        return total
    return bump

def collect(x, into=[]):
    into.append(x)
    return into

def same(x): return x
def keep(x):
    kept.append(x)
    return len(kept)
def last(): return kept[-1] if kept else None
def grow(items, k):
    items.append(k)
    return len(items)
def apply(f, *args): return f(*args)
def guarded(f):
    try:
        return f()
    except ValueError as error:
        return str(error)
def refuse(n):
    if n > 1:
        raise Refused(n)
    return n
"""
HELPERS = """
import types
def flat(v):
    if v is None or type(v) in (int, str, bool, float):
        return v
    if type(v) in (list, tuple):
        return [flat(x) for x in v]
    return "object"
def attempt(f):
    try:
        return flat(f())
    except RecursionError:
        raise
    except Exception as error:
        text = str(error) if isinstance(error, ValueError) else None
        return [type(error).__name__, text, getattr(error, "code", None)]
a = b = c = None
heard = []
def hear(*args):
    heard.append(len(args))
    return heard
def fails():
    raise ValueError("from the tests")
"""
VARIABLES = st.sampled_from("abc")
NUMBERS = st.integers(0, 3).map(str)
CALLS = st.one_of(
    st.builds("one({})".format, NUMBERS),
    st.builds("list(upto({}))".format, NUMBERS),
    st.builds("list(scaled([1, {}]))".format, NUMBERS),
    st.builds("set_factor({})".format, NUMBERS),
    st.builds("collect({})".format, NUMBERS),
    st.builds("Box({}).double".format, NUMBERS),
    st.builds("len(Box(1).add({}))".format, NUMBERS),
    st.builds("counter({})(2)".format, NUMBERS),
    st.builds("(collect({}) == collect({}))".format, NUMBERS, NUMBERS),
    st.builds("same([1, {}])".format, NUMBERS),
)
MADE = st.one_of(
    st.builds("Box({})".format, NUMBERS),
    st.builds("upto({})".format, NUMBERS),
    st.builds("scaled([1, {}])".format, NUMBERS),
    st.builds("counter({})".format, NUMBERS),
    st.builds("collect({})".format, NUMBERS),
    st.builds("[{}]".format, NUMBERS),
    st.builds("[a, [{}]]".format, NUMBERS),
    st.builds("same({})".format, VARIABLES),
    st.builds("(lambda x: [x, {}])".format, VARIABLES),
    st.just("last()"),
    st.just("hear"),
    st.just("state"),
)
USES = st.one_of(
    CALLS,
    st.builds("{}".format, VARIABLES),
    st.builds("next({})".format, VARIABLES),
    st.builds("list({})".format, VARIABLES),
    st.builds("{}()".format, VARIABLES),
    st.builds("{}({})".format, VARIABLES, VARIABLES),
    st.builds("{}.items".format, VARIABLES),
    st.builds("{}.add({}) is {}".format, VARIABLES, NUMBERS, VARIABLES),
    st.builds("{}[0]".format, VARIABLES),
    st.builds("len({})".format, VARIABLES),
    st.builds("{}.append({})".format, VARIABLES, NUMBERS),
    st.builds("{}.items.append({})".format, VARIABLES, NUMBERS),
    st.builds("{} is {}".format, VARIABLES, VARIABLES),
    st.builds("{} == {}".format, VARIABLES, VARIABLES),
    st.builds("{} + {}".format, VARIABLES, VARIABLES),
    st.builds("same({v}) is {v}".format, v=VARIABLES),
    st.builds("keep({})".format, VARIABLES),
    st.builds("last() is {}".format, VARIABLES),
    st.builds("grow({}, {})".format, VARIABLES, NUMBERS),
    st.builds("apply({}, {})".format, VARIABLES, VARIABLES),
    st.builds("apply(lambda x: flat(x), {})".format, VARIABLES),
    st.builds("apply(lambda x: one({}), 1)".format, NUMBERS),
    st.builds("apply(hear, {})".format, VARIABLES),
    st.builds("isinstance({}, Box)".format, VARIABLES),
    st.builds("callable({})".format, VARIABLES),
    st.builds("hasattr({}, '__len__')".format, VARIABLES),
    st.builds("refuse({})".format, NUMBERS),
    st.builds("guarded(lambda: refuse({}))".format, NUMBERS),
    st.just("guarded(fails)"),
    st.just("apply(fails)"),
    st.just("state"),
    st.just("calls"),
    st.just("factor"),
    st.just("len(kept)"),
    st.just("Box.made"),
    st.just("heard"),
)
MIXED = st.lists(
    st.one_of(
        st.builds("{} = {}".format, VARIABLES, MADE),
        st.builds("assert attempt(lambda: {}) == EXPECTED".format, USES),
    ),
    min_size=1,
    max_size=25,
)
AHEAD = st.lists(st.builds("assert {} == EXPECTED".format, CALLS), min_size=1, max_size=12)


def with_expected(statements: list[str], setup: str) -> tuple[str, ...]:
    """Fill in what plain CPython computes."""
    namespace: dict[str, Any] = {}
    exec(PROGRAM, namespace)
    exec(setup, namespace)
    filled = []
    for statement in statements:
        expression, _, _ = statement.removeprefix("assert ").rpartition(" == EXPECTED")
        if expression:
            filled.append(f"assert ({expression}) == {eval(expression, namespace)!r}")
        else:
            with contextlib.suppress(Exception):
                exec(statement, namespace)
                filled.append(statement)
    return tuple(filled)


@pytest.fixture(scope="module")
def executor() -> Iterator[SandboxExecutor]:
    with SandboxExecutor(workers=1) as made:
        yield made


def judged(executor: SandboxExecutor, setup: str, statements: tuple[str, ...]) -> Any:
    job = ExecutionJob(
        key="1",
        program=PROGRAM,
        tests=AssertTests(setup=setup, statements=statements),
        limits=Limits(seconds=60.0),
    )
    (result,) = executor.run([job])
    return result.outcome


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(MIXED)
def test_objects_callbacks_exceptions_and_state(executor: SandboxExecutor, statements: list[str]) -> None:
    filled = with_expected(statements, HELPERS)
    if filled:
        outcome = judged(executor, HELPERS, filled)
        assert outcome.kind is OutcomeKind.PASSED, (outcome, filled)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(AHEAD, st.data())
def test_calls_that_can_be_made_ahead(executor: SandboxExecutor, statements: list[str], data: st.DataObject) -> None:
    filled = with_expected(statements, "")
    assert judged(executor, "", filled).kind is OutcomeKind.PASSED, filled
    place = data.draw(st.integers(0, len(filled) - 1))
    wrong = (*filled[:place], f"{filled[place]} + 'x'", *filled[place + 1 :])
    assert judged(executor, "", wrong).kind is not OutcomeKind.PASSED, wrong
