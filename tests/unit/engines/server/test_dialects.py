"""Every server is told every setting that could change a draw, in its own words."""

from __future__ import annotations

import json

import pytest

from passgap.engines.server.dialects import settings_of
from passgap.records import Decoding
from passgap.spec import Dialect

DECODING = Decoding(temperature=0.8, top_k=20, top_p=0.95, max_new_tokens=9)
PLAIN = Decoding(temperature=0.8, max_new_tokens=9)
GREEDY = Decoding(temperature=1e-6, top_k=20, top_p=0.5, max_new_tokens=9)


def test_vllm_and_sglang_are_told_what_a_generation_config_would_otherwise_add() -> None:
    for dialect in (Dialect.VLLM, Dialect.SGLANG):
        assert settings_of(dialect, DECODING, ("x",), 5) == {
            "max_tokens": 9,
            "seed": 5,
            "stop": ["x"],
            "temperature": 0.8,
            "top_p": 0.95,
            "top_k": 20,
            "min_p": 0.0,
            "repetition_penalty": 1.0,
        }
        assert settings_of(dialect, PLAIN, (), 5)["top_k"] == -1


def test_llama_cpp_is_told_the_order() -> None:
    said = settings_of(Dialect.LLAMA_CPP, PLAIN, (), 5)
    assert said["samplers"] == ["temperature", "top_k", "top_p"]
    assert said["top_k"] == 0


def test_transformers_is_told_a_whole_generation_config() -> None:
    said = settings_of(Dialect.TRANSFORMERS, PLAIN, ("x",), 5)
    assert set(said) == {"max_tokens", "seed", "stop", "generation_config"}, "it refuses fields that it does not know"
    config = json.loads(said["generation_config"])
    assert (config["do_sample"], config["temperature"], config["top_k"], config["top_p"]) == (True, 0.8, 0, 1.0)
    assert json.loads(settings_of(Dialect.TRANSFORMERS, GREEDY, (), 5)["generation_config"])["do_sample"] is False


def test_a_hosted_service_is_told_what_its_api_has_and_nothing_else() -> None:
    assert set(settings_of(Dialect.OPENAI, PLAIN, (), 5)) == {"max_tokens", "seed", "temperature", "top_p"}


@pytest.mark.parametrize("dialect", [each for each in Dialect if each is not Dialect.TRANSFORMERS])
def test_a_tiny_temperature_is_greedy(dialect: Dialect) -> None:
    said = settings_of(dialect, GREEDY, (), 5)
    assert (said["temperature"], said["top_p"]) == (0.0, 1.0)


@pytest.mark.parametrize("dialect", list(Dialect))
def test_a_seed_fits_into_32_bits_and_json_and_keeps_apart_what_is_apart(dialect: Dialect) -> None:
    seeds = [settings_of(dialect, PLAIN, (), 2**62 + 2**32 * number)["seed"] for number in range(100)]
    assert all(0 <= seed < 2**31 for seed in seeds)
    assert len(set(seeds)) == 100
