"""Demonstrations of a question: near neighbours, never the problem itself, and no more than fits."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passgap.arms.demonstrations.documents import Document
from passgap.arms.demonstrations.prompts import DemonstrationStyle
from passgap.arms.demonstrations.retriever import Retriever, same_problem
from passgap.arms.demonstrations.room import Room, estimated_tokens
from passgap.engines.local.sampler import LocalSampler
from passgap.records import Exchange, Prompt

SORTED = "Write a function that sorts the rows of a matrix by their sum."
COLUMNS = "Return the columns of a matrix in the order of their sums."
PRIMES = "Count the primes below a number with a sieve."


def documents(*texts: str) -> tuple[Document, ...]:
    return tuple(
        Document(id=f"pool/{place}", asked=text, answer=f"```python\nanswer_{place}()\n```", plain=f"{text}\n")
        for place, text in enumerate(texts)
    )


def always(prompt: Prompt) -> bool:
    return True


def test_the_nearest_stands_next_to_the_question_and_the_problem_itself_is_passed_over() -> None:
    others = ("Give the sums of the rows of a table.", SORTED, COLUMNS, PRIMES, "Reverse a string.")
    found = Retriever(documents(*others), 2, DemonstrationStyle.TURNS).retrieve(Prompt(user=SORTED), always)
    assert found.near_duplicates == 1 and found.no_room == 0
    assert len(found.shown) == 2 and set(found.shown) == {0, 2}
    one = Retriever(documents(*others), 1, DemonstrationStyle.TURNS).retrieve(Prompt(user=SORTED), always)
    assert one.shown == found.shown[1:], "the most similar one is the last of several"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (SORTED, SORTED.upper(), True),
        (SORTED, SORTED.replace("sum", "total"), True),
        (SORTED, COLUMNS, False),
        (SORTED, "", False),
    ],
)
def test_a_near_duplicate_is_what_the_pool_is_cleaned_of(one: str, other: str, same: bool) -> None:
    assert same_problem(one, other) == same == same_problem(other, one)


WORDS = st.lists(st.sampled_from([f"word{number}" for number in range(30)]), min_size=1, max_size=12).map(" ".join)


@settings(max_examples=50)
@given(st.lists(WORDS, min_size=1, max_size=10), WORDS, st.integers(1, 4), st.integers(0, 400))
def test_no_more_than_asked_for_is_shown_and_all_of_it_fits(texts: list[str], asked: str, most: int, room: int) -> None:
    retriever = Retriever(documents(*texts), most, DemonstrationStyle.TURNS)
    question = Prompt(user=asked)
    limit = estimated_tokens(question) + room

    def fits(prompt: Prompt) -> bool:
        return estimated_tokens(prompt) <= limit

    found = retriever.retrieve(question, fits)
    prompt = retriever.apply(question, found.shown)
    assert len(found.shown) + found.no_room <= most
    assert fits(prompt)
    assert not any(same_problem(asked, texts[place]) for place in found.shown)
    assert len(set(found.shown)) == len(found.shown)
    whole = retriever.retrieve(question, always)
    assert set(found.shown) <= set(whole.shown) and whole.no_room == 0
    assert len(found.shown) + found.no_room == len(whole.shown), "what is left out is counted"
    # A demonstration is whole or not there at all.
    assert all(each.answer in {document.answer for document in retriever.documents} for each in prompt.earlier)


def test_tokens_are_counted_by_the_engine_and_estimated_where_it_does_not(tiny_model: Path) -> None:
    sampler = LocalSampler(tiny_model, device="cpu", workers=1)
    room = Room(sampler, context_tokens=64, new_tokens=16)
    short = Prompt(user="Add.")
    long = Prompt(user=SORTED, system="Be brief.", earlier=(Exchange(user=COLUMNS, answer=PRIMES),) * 3, prefix="```\n")
    assert room.tokens(short) == sampler.count_tokens(short) < 48 < room.tokens(long)
    assert room.holds(short) and not room.holds(long)
    assert not room.estimated
    blind = Room(NoCounter(), context_tokens=64, new_tokens=16)  # type: ignore[arg-type]
    assert blind.tokens(short) < blind.tokens(long) and blind.holds(short) and not blind.holds(long)
    assert blind.estimated
    for name, value in (("system", None), ("earlier", ()), ("user", ""), ("prefix", "")):
        assert blind.tokens(long.model_copy(update={name: value})) != blind.tokens(long), f"{name} counts"


class NoCounter:
    """An engine of another distribution, which counts nothing."""
