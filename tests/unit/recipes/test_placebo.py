"""The placebo of a selection: as many of each stratum, about as many tokens, and otherwise chance."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from passgap.recipes.placebo import TOLERANCE, draw_placebo


@st.composite
def pools(draw: st.DrawFn) -> tuple[list[int], dict[int, int], dict[int, str]]:
    sizes = draw(st.lists(st.integers(1, 300), min_size=1, max_size=60))
    strata = draw(st.lists(st.sampled_from("abc"), min_size=len(sizes), max_size=len(sizes)))
    selected = draw(st.sets(st.integers(0, len(sizes) - 1)))
    return sorted(selected), dict(enumerate(sizes)), dict(enumerate(strata))


@given(pools(), st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_as_many_of_each_stratum_are_drawn_and_each_once(
    pool: tuple[list[int], dict[int, int], dict[int, str]], seed: int
) -> None:
    selected, tokens, strata = pool
    drawn = draw_placebo(selected, tokens, strata, seed)
    assert drawn == tuple(sorted(set(drawn))) and set(drawn) <= tokens.keys()
    assert Counter(strata[each] for each in drawn) == Counter(strata[each] for each in selected)
    assert drawn == draw_placebo(selected, tokens, strata, seed)


def test_the_tokens_are_those_of_the_selection_although_it_took_the_shortest() -> None:
    tokens = {item: 20 + 3 * item for item in range(400)}
    selected = range(150)
    drawn = draw_placebo(selected, tokens, dict.fromkeys(tokens, ""), seed=1)
    target = sum(tokens[item] for item in selected)
    assert len(drawn) == 150
    # The shortest alone have so few tokens: nothing else can be drawn.
    assert sum(tokens[item] for item in drawn) <= 1.2 * target
    middle = range(100, 250)
    near = draw_placebo(middle, tokens, dict.fromkeys(tokens, ""), seed=1)
    wanted = sum(tokens[item] for item in middle)
    assert abs(sum(tokens[item] for item in near) - wanted) <= TOLERANCE * wanted
    assert len(set(near) & set(middle)) < 150


def test_without_a_length_to_match_every_item_is_drawn_equally_often() -> None:
    """A placebo favours neither what was selected nor what was not: its acceptance rate is the only thing it takes."""
    tokens, selected = dict.fromkeys(range(20), 10), range(5)
    drawn = Counter(item for seed in range(800) for item in draw_placebo(selected, tokens, dict.fromkeys(tokens), seed))
    expected = 800 * 5 / 20
    assert all(abs(drawn[item] - expected) < 4.5 * (expected * 0.75) ** 0.5 for item in tokens)


def test_a_selection_of_everything_has_itself_as_its_placebo_and_one_of_nothing_has_none() -> None:
    tokens = {item: item + 1 for item in range(9)}
    assert draw_placebo(range(9), tokens, dict.fromkeys(tokens), seed=3) == tuple(range(9))
    assert draw_placebo((), tokens, dict.fromkeys(tokens), seed=3) == ()
