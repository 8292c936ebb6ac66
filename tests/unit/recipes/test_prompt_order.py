"""Which prompts an update of a policy takes."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from passgap.recipes.prompt_order import expected_variance, prompts_of_step


@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 2**40))
def test_every_prompt_comes_once_before_any_comes_again(count: int, per_step: int, seed: int) -> None:
    steps = -(-3 * count // per_step)
    dealt = [place for step in range(steps) for place in prompts_of_step("shuffled", step, count, per_step, seed, {})]
    assert len(dealt) == steps * per_step
    for start in range(0, len(dealt) - count + 1, count):
        assert sorted(dealt[start : start + count]) == list(range(count))


def test_the_order_depends_on_seed_and_pass() -> None:
    first, second = (prompts_of_step("shuffled", step, 9, 9, 1, {}) for step in (0, 1))
    assert first != second
    assert first != prompts_of_step("shuffled", 0, 9, 9, 2, {})
    assert first == prompts_of_step("shuffled", 0, 9, 9, 1, {})


@given(st.integers(1, 9), st.integers(1, 12), st.integers(0, 2**40), st.integers(0, 50))
def test_a_curriculum_draws_no_prompt_again_before_all_were_drawn(
    count: int, per_step: int, seed: int, step: int
) -> None:
    chosen = Counter(prompts_of_step("curriculum", step, count, per_step, seed, {0: (3, 8)}))
    assert sum(chosen.values()) == per_step
    assert max(chosen.values()) - min(chosen[place] for place in range(count)) <= 1


def test_a_curriculum_prefers_prompts_whose_samples_disagreed() -> None:
    seen = {0: (0, 64), 1: (64, 64), 2: (32, 64)}
    drawn = Counter(place for step in range(300) for place in prompts_of_step("curriculum", step, 4, 1, 7, seen))
    assert drawn[2] > 4 * drawn[0] and drawn[2] > 4 * drawn[1]
    assert drawn[3] > 4 * drawn[0], "a prompt that was never drawn is worth a look"
    assert drawn[0] and drawn[1], "and none is given up"


@given(st.integers(0, 200), st.integers(0, 200))
def test_the_expected_variance_is_that_of_a_beta_posterior(passed: int, failed: int) -> None:
    scored = passed + failed
    found = expected_variance(passed, scored)
    mean = (1 + passed) / (2 + scored)
    spread = mean * (1 - mean) / (3 + scored)
    assert abs(found - (mean * (1 - mean) - spread)) < 1e-12
    assert 0 < found <= 0.25
