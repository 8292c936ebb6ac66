"""Examples side by side are the same examples: which tokens carry loss, what they see, and how they are divided."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from passgap.trainers.supervised.encoding import labelled
from passgap.trainers.supervised.packing import Example, Pack, pack, packs_of, shares_of

TOKENS = st.lists(st.integers(0, 9), min_size=1, max_size=6).map(tuple)
EXAMPLES = st.lists(st.builds(Example, st.sampled_from([(1,), (1, 2), (7, 7, 7)]), TOKENS), min_size=1, max_size=12)


def seen_from(each: Pack, place: int) -> list[int]:
    """The tokens that the one at ``place`` sees, itself included, as the packed sequence defines it."""
    return [
        each.tokens[other]
        for other in range(place + 1)
        if each.prompts[other] == each.prompts[place] and each.branches[other] in (0, each.branches[place])
    ]


def predictions(packs: list[Pack]) -> Counter[tuple[tuple[int, ...], int]]:
    """Every token to predict with all that is seen for it."""
    return Counter(
        (tuple(seen_from(each, place)), target)
        for each in packs
        for place, target in zip(each.places, each.targets, strict=True)
    )


def wanted(examples: list[Example]) -> Counter[tuple[tuple[int, ...], int]]:
    return Counter(
        ((*each.prompt, *each.target[:place]), token) for each in examples for place, token in enumerate(each.target)
    )


def test_a_row_is_divided_where_its_labels_begin() -> None:
    assert Example.of(labelled([5, 6], [7, 8])) == Example(prompt=(5, 6), target=(7, 8))
    assert Example.of(labelled([], [7, 8, 9])) == Example(prompt=(7,), target=(8, 9)), (
        "nothing precedes the first token"
    )


def test_what_stands_between_answers_is_read_and_not_learned() -> None:
    row = {"input_ids": [1, 2, 3, 4, 5, 6, 7], "labels": [-100, -100, 3, 4, -100, 6, 7]}
    example = Example.of(row)
    assert example == Example((1, 2), (3, 4, 5, 6, 7), (True, True, False, True, True)) and example.loss_tokens == 4
    one = pack([example, Example((1, 2), (8,))])
    learned = list(zip([seen_from(one, place) for place in one.places], one.targets, strict=True))
    assert learned == [([1, 2], 3), ([1, 2, 3], 4), ([1, 2, 3, 4, 5], 6), ([1, 2, 3, 4, 5, 6], 7), ([1, 2], 8)]


def test_the_tokens_that_carry_loss_and_what_they_see() -> None:
    one = pack([Example((1, 2), (3, 4)), Example((1, 2), (5, 6, 7)), Example((8,), (9,))])
    assert one.tokens == (1, 2, 3, 5, 6, 8), "a completion's last token predicts nothing"
    assert one.positions == (0, 1, 2, 2, 3, 0)
    assert list(zip(one.places, one.targets, strict=True)) == [(1, 3), (2, 4), (1, 5), (3, 6), (4, 7), (5, 9)]
    assert [seen_from(one, place) for place in range(6)] == [[1], [1, 2], [1, 2, 3], [1, 2, 5], [1, 2, 5, 6], [8]]
    assert not one.plain and pack([Example((1, 2), (3, 4))]).plain


@given(EXAMPLES, st.integers(1, 4), st.integers(4, 30), st.booleans(), st.integers(1, 3))
def test_however_examples_are_packed_and_divided_each_token_is_predicted_once_from_its_own_past(
    examples: list[Example], at_once: int, most: int, shared: bool, processes: int
) -> None:
    packs = packs_of(examples, at_once, most, shared=shared)
    shares = shares_of(packs, processes)
    assert len(shares) == processes
    assert predictions([each for share in shares for each in share]) == wanted(examples)
    for each in packs:
        several = len(each.targets) > max(len(one.target) for one in examples)
        assert len(each.tokens) <= most or not several or max(each.branches) == 1
        assert max(each.prompts) < (at_once if shared else 1)


def test_examples_of_one_prompt_share_it() -> None:
    examples = [Example((1, 2, 3), (number,)) for number in range(4)]
    [shared] = packs_of(examples, 1, 100, shared=True)
    assert shared.tokens == (1, 2, 3)
    assert len(packs_of(examples, 1, 100, shared=False)) == 4


def test_the_longest_packs_are_divided_evenly() -> None:
    packs = [pack([Example((1,) * size, (2, 2))]) for size in (8, 7, 2, 1)]
    assert [[len(each.prompts) for each in share] for share in shares_of(packs, 2)] == [[9, 2], [8, 3]]
