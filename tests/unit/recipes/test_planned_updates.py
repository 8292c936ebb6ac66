"""Which examples each update takes."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from passgap.recipes import examples_seen, planned_updates, updates_of
from passgap.records import TrainConfig


def config(**changes: object) -> TrainConfig:
    return TrainConfig.model_validate({"learning_rate": 1e-3, "batch_size": 4, **changes})


@given(
    st.integers(1, 40),
    st.integers(1, 9),
    st.sampled_from([0.3, 1.0, 1.5, 2.0]),
    st.sampled_from(["examples", "prompts"]),
    st.integers(1, 5),
)
def test_every_epoch_sees_each_example_once_in_updates_of_the_declared_size(
    count: int, batch: int, epochs: float, order: str, prompts: int
) -> None:
    settings = config(batch_size=batch, epochs=epochs, order=order)
    plan = planned_updates([number % prompts for number in range(count)], settings, seed=3)
    assert len(plan) == updates_of(count, settings)
    assert sum(map(len, plan)) == examples_seen(count, settings)
    per_epoch = -(-count // batch)
    for start in range(0, len(plan), per_epoch):
        epoch = plan[start : start + per_epoch]
        seen = Counter(each for update in epoch for each in update)
        assert max(seen.values()) == 1
        if len(epoch) == per_epoch:
            assert set(seen) == set(range(count))
            assert [len(update) for update in epoch[:-1]] == [batch] * (per_epoch - 1)


def test_the_seed_and_the_epoch_decide_on_the_order() -> None:
    prompts = list(range(50))
    plans = [planned_updates(prompts, config(epochs=2), seed) for seed in (1, 1, 2)]
    assert plans[0] == plans[1] != plans[2]
    assert plans[0][:13] != plans[0][13:]


def test_examples_of_a_prompt_come_together_where_prompts_are_shuffled() -> None:
    prompts = [number // 4 for number in range(40)]
    apart, together = (planned_updates(prompts, config(order=order), 1) for order in ("examples", "prompts"))
    assert all(len({prompts[each] for each in update}) == 1 for update in together)
    assert sum(len({prompts[each] for each in update}) for update in apart) > 30
