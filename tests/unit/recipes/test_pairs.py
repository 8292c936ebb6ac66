"""Pairs are of one problem, of a pass and a failure, and as close in length as the cap allows."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence

from hypothesis import given
from hypothesis import strategies as st

from passgap.recipes import Pair, ScoredSample, choose_pairs
from passgap.records import sample_seed

Problems = Mapping[str, Sequence[ScoredSample]]


@st.composite
def scored_problems(draw: st.DrawFn, most: int = 7) -> dict[str, list[ScoredSample]]:
    """Problems with few samples, few distinct programs, and outcomes that a program does not always share."""
    position = itertools.count()
    problems = {}
    for number in range(draw(st.integers(0, 3))):
        drawn = draw(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(1, 30), st.booleans()), max_size=most))
        problems[f"p/{number}"] = [
            ScoredSample(position=next(position), program=program, length=length, passed=passed)
            for program, length, passed in drawn
        ]
    return problems


def decided(samples: Sequence[ScoredSample]) -> list[ScoredSample]:
    """The samples whose program has one outcome."""
    outcomes: dict[str, set[bool]] = {}
    for each in samples:
        outcomes.setdefault(each.program, set()).add(each.passed)
    return [each for each in samples if len(outcomes[each.program]) == 1]


def cost(pairs: Sequence[tuple[ScoredSample, ScoredSample]], repeats: Mapping[int, int]) -> tuple[int, int]:
    """Repeated programs, and then the total difference of lengths."""
    return (
        sum(repeats[one.position] + repeats[other.position] for one, other in pairs),
        sum(abs(one.length - other.length) for one, other in pairs),
    )


def repeats_of(problem: str, samples: Sequence[ScoredSample], seed: int) -> dict[int, int]:
    """How many samples of the same program come before each, in the order that the seed decides."""
    seen: Counter[str] = Counter()
    found = {}
    for each in sorted(samples, key=lambda each: sample_seed(seed, problem, each.position)):
        found[each.position] = seen[each.program]
        seen[each.program] += 1
    return found


@given(scored_problems(), st.integers(1, 4), st.integers(0, 9))
def test_a_pair_is_a_pass_and_a_failure_of_one_problem_and_no_sample_is_in_two(
    problems: Problems, most: int, seed: int
) -> None:
    chosen = choose_pairs(problems, most, seed)
    owner = {each.position: (name, each) for name, samples in problems.items() for each in samples}
    used = [position for pair in chosen.pairs for position in (pair.chosen, pair.rejected)]
    assert len(used) == len(set(used)) == 2 * chosen.counts.pairs
    for pair in chosen.pairs:
        (name, one), (same, other) = owner[pair.chosen], owner[pair.rejected]
        assert name == same and one.passed and not other.passed and one.program != other.program
    of_each = Counter(owner[pair.chosen][0] for pair in chosen.pairs)
    assert all(count <= most for count in of_each.values())
    assert len(of_each) == chosen.counts.paired
    for name, samples in problems.items():
        passing = sum(each.passed for each in decided(samples))
        assert of_each[name] == min(most, passing, len(decided(samples)) - passing)


@given(scored_problems(most=6), st.integers(1, 3), st.integers(0, 9))
def test_no_other_pairing_repeats_less_or_has_a_smaller_total_difference_of_lengths(
    problems: Problems, most: int, seed: int
) -> None:
    chosen = choose_pairs(problems, most, seed)
    for name, samples in problems.items():
        known = {each.position: each for each in samples}
        mine = [(known[p.chosen], known[p.rejected]) for p in chosen.pairs if p.chosen in known]
        passing = [each for each in decided(samples) if each.passed]
        failing = [each for each in decided(samples) if not each.passed]
        repeats = repeats_of(name, decided(samples), seed)
        every = (
            list(zip(some, others, strict=True))
            for some in itertools.combinations(passing, len(mine))
            for others in itertools.permutations(failing, len(mine))
        )
        assert cost(mine, repeats) == min(cost(pairs, repeats) for pairs in every)


@given(scored_problems(), st.integers(1, 4), st.integers(0, 9), st.randoms())
def test_the_seed_alone_decides_and_not_the_order_of_the_samples(
    problems: Problems, most: int, seed: int, random: object
) -> None:
    shuffled = {name: list(samples) for name, samples in problems.items()}
    for samples in shuffled.values():
        random.shuffle(samples)  # type: ignore[attr-defined]
    assert choose_pairs(problems, most, seed) == choose_pairs(shuffled, most, seed)


def sample(position: int, program: str, length: int, *, passed: bool) -> ScoredSample:
    return ScoredSample(position=position, program=program, length=length, passed=passed)


def test_a_distinct_program_comes_before_a_repeated_one_of_a_closer_length() -> None:
    problem = [
        sample(0, "right", 10, passed=True),
        sample(1, "wrong", 10, passed=False),
        sample(2, "wrong", 10, passed=False),
        sample(3, "other", 25, passed=False),
        sample(4, "right too", 11, passed=True),
    ]
    chosen = choose_pairs({"p": problem}, 2, 0)
    assert {each.chosen for each in chosen.pairs} == {0, 4}
    assert 3 in {each.rejected for each in chosen.pairs}


def test_problems_are_counted_by_why_they_give_no_pair() -> None:
    problems = {
        "none passes": [sample(0, "a", 5, passed=False)],
        "all pass": [sample(1, "a", 5, passed=True)],
        "undecided": [sample(2, "a", 5, passed=True), sample(3, "a", 5, passed=False)],
        "unscored": [],
        "pairs": [sample(4, "a", 5, passed=True), sample(5, "b", 7, passed=False)],
    }
    chosen = choose_pairs(problems, 4, 0)
    assert chosen.pairs == (Pair(chosen=4, rejected=5),)
    counts = chosen.counts
    assert (counts.problems, counts.none_passes, counts.all_pass, counts.paired) == (4, 1, 1, 1)
    assert (counts.pairs, counts.contradictory) == (1, 2)
