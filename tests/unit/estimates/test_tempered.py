"""A model that is the base model at another temperature gains nothing; one that learned something does."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from scipy import special

from passgap.estimates.tempered import TEMPERATURES, best_temperature, mean_difference, tempered_gain, tempered_logprobs
from passgap.records import Estimate, Insufficient

RANDOM = np.random.default_rng(3)
PROBLEMS, POSITIONS, VOCABULARY = 8, 40, 60
LOGITS = [RANDOM.normal(0.0, 3.0, (POSITIONS, VOCABULARY)).astype(np.float32) for _ in range(PROBLEMS)]


def drawn(logits: npt.NDArray[np.float32], temperature: float = 0.8) -> list[int]:
    return [int(RANDOM.choice(VOCABULARY, p=special.softmax(row.astype(float) / temperature))) for row in logits]


ANSWERS = [drawn(each) for each in LOGITS]


def curves(models: list[npt.NDArray[np.float32]]) -> dict[str, npt.NDArray[np.float64]]:
    return {
        str(place): tempered_logprobs(logits, tokens) / POSITIONS
        for place, (logits, tokens) in enumerate(zip(models, ANSWERS, strict=True))
    }


def test_the_log_probability_at_a_temperature_is_that_of_the_scaled_logits() -> None:
    found = tempered_logprobs(LOGITS[0], ANSWERS[0], (0.5, 1.0, 2.0))
    for value, temperature in zip(found, (0.5, 1.0, 2.0), strict=True):
        rows = special.log_softmax(LOGITS[0].astype(float) / temperature, axis=1)
        assert value == pytest.approx(rows[np.arange(POSITIONS), ANSWERS[0]].sum(), abs=1e-3)


@pytest.mark.parametrize("factor", [0.5, 0.7, 0.9, 1.3, 1.8])
def test_the_base_model_at_another_temperature_gains_nothing(factor: float) -> None:
    base = curves(LOGITS)
    found = tempered_gain(base, curves([each / np.float32(factor) for each in LOGITS]))
    assert isinstance(found.gain, Estimate)
    assert found.gain.value == pytest.approx(0.0, abs=1e-3)
    assert found.temperature == pytest.approx(found.base_temperature / factor, rel=0.02)
    assert isinstance(found.as_it_is, Estimate)
    assert abs(found.as_it_is.value) > 0.005, "the gain at temperature 1 takes it for a change"


def test_the_temperature_at_which_answers_were_drawn_is_found() -> None:
    temperature, _ = best_temperature(curves(LOGITS))
    assert temperature == pytest.approx(0.8, abs=0.08)


def test_a_model_that_finds_the_answers_likelier_gains_at_any_temperature() -> None:
    learned = [each.copy() for each in LOGITS]
    for logits, tokens in zip(learned, ANSWERS, strict=True):
        logits[np.arange(0, POSITIONS, 4), tokens[::4]] += 2.0
    for factor in (0.7, 1.0, 1.4):
        found = tempered_gain(curves(LOGITS), curves([each / np.float32(factor) for each in learned])).gain
        assert isinstance(found, Estimate)
        assert found.low > 0.05


def test_no_interval_is_given_of_a_few_problems_and_none_of_different_ones() -> None:
    assert isinstance(mean_difference({"a": 0.0, "b": 0.0}, {"a": 1.0, "b": 1.0}), Insufficient)
    with pytest.raises(ValueError, match="different problems"):
        mean_difference({"a": 0.0}, {"b": 0.0})


def test_the_temperatures_are_even_on_a_logarithmic_scale() -> None:
    steps = np.diff(np.log(TEMPERATURES))
    assert steps == pytest.approx(np.full(len(steps), np.log(1.2)), rel=1e-3)
