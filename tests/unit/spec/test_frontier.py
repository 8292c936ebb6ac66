"""The sweep that a study declares: greedy and production decoding always join, and each decoding comes once."""

from __future__ import annotations

from passgap.records import Decoding
from passgap.spec.frontier import FrontierSection

PRODUCTION = Decoding(temperature=0.7, top_p=0.95, max_new_tokens=64)


def test_greedy_comes_first_and_production_takes_its_place_among_the_temperatures() -> None:
    swept = FrontierSection(temperatures=(1.0, 0.0, 0.4)).decodings(PRODUCTION)
    assert [each.temperature for each in swept] == [0.0, 0.4, 0.7, 1.0]
    assert all(each.top_p == 0.95 for each in swept[1:]) and {each.max_new_tokens for each in swept} == {64}


def test_truncations_are_swept_with_every_temperature() -> None:
    swept = FrontierSection(temperatures=(0.4, 0.7), top_p=(0.8, 0.95)).decodings(PRODUCTION)
    assert [(each.temperature, each.top_p) for each in swept[1:]] == [(0.4, 0.8), (0.7, 0.8), (0.4, 0.95), (0.7, 0.95)]


def test_production_decoding_that_is_greedy_itself_comes_once() -> None:
    greedy = PRODUCTION.model_copy(update={"temperature": 0.0})
    assert len(FrontierSection(temperatures=(0.4,)).decodings(greedy)) == 2
